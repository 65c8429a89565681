package link

import (
	"bytes"
	"io"
	"testing"

	"github.com/distributedstorage/ds/internal/wire"
)

// go test -fuzz FuzzReader -fuzztime 60s ./internal/link

// FuzzReader has any bytes arrive in any pieces: what Next gives are whole frames, numbered, a prefix of
// what came; and the buffer follows what came, not what a length field announces.
func FuzzReader(f *testing.F) {
	good := frames(1, "one", "two", "three")
	f.Add(good, uint8(7))
	f.Add(append(good, good...), uint8(1))                                       // a sequence again
	f.Add(append(frames(1, "one"), 0xff, 0xff, 0xff, 0x04, 1, 2, 3), uint8(255)) // 80 MiB announced
	f.Add(append([]byte{20, 0, 0, 0}, make([]byte, 20)...), uint8(3))            // no checksum
	f.Add(frames(1, string(make([]byte, 3*readSize))), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, piece uint8) {
		conn := &scripted{err: io.EOF}
		size := 1 + int(piece)*257
		for rest := data; len(rest) > 0; {
			n := min(size, len(rest))
			conn.pieces = append(conn.pieces, rest[:n])
			rest = rest[n:]
		}
		r := NewReader(conn)
		r.Admit()
		var got []byte
		for seq := uint32(1); ; {
			batch, err := r.Next()
			if err != nil {
				break
			}
			for _, frame := range batch {
				if whole, err := wire.Split(frame, seq); err != nil || len(whole) != len(frame) {
					t.Fatalf("frame %d is not whole: %v", seq, err)
				}
				got = append(got, frame...)
				seq++
			}
			if len(r.buf) > 2*len(data)+readSize {
				t.Fatalf("a buffer of %d bytes for %d that came", len(r.buf), len(data))
			}
		}
		if !bytes.HasPrefix(data, got) {
			t.Fatal("the frames are not what came")
		}
	})
}
