package link

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/distributedstorage/ds/internal/wire"
)

// frames encodes Refuse frames with these texts, numbered from seq.
func frames(seq uint32, texts ...string) []byte {
	var b []byte
	for i, text := range texts {
		b = wire.Append(b, &wire.Frame{Type: wire.Refuse, Seq: seq + uint32(i), Value: []byte(text)})
	}
	return b
}

// scripted is a conn whose reads return these pieces, then the error.
type scripted struct {
	net.Conn
	pieces [][]byte
	err    error
}

func (c *scripted) Read(p []byte) (int, error) {
	if len(c.pieces) == 0 {
		return 0, c.err
	}
	n := copy(p, c.pieces[0])
	if c.pieces[0] = c.pieces[0][n:]; len(c.pieces[0]) == 0 {
		c.pieces = c.pieces[1:]
	}
	return n, nil
}

func texts(t *testing.T, batch [][]byte) (all []string) {
	t.Helper()
	for _, frame := range batch {
		var f wire.Frame
		if err := wire.Decode(frame, &f); err != nil {
			t.Fatal(err)
		}
		all = append(all, string(f.Value))
	}
	return all
}

// next reads one batch and compares the texts in it.
func next(t *testing.T, r *Reader, want string) {
	t.Helper()
	batch, err := r.Next()
	if got := strings.Join(texts(t, batch), " "); err != nil || got != want {
		t.Fatalf("Next gives %q, %v; want %q", got, err, want)
	}
}

func fails(t *testing.T, r *Reader, want string) {
	t.Helper()
	batch, err := r.Next()
	if err == nil || !strings.Contains(err.Error(), want) || len(batch) != 0 {
		t.Fatalf("Next gives %d frames, %v; want %q", len(batch), err, want)
	}
}

func TestReaderBatchesWhatArrived(t *testing.T) {
	three, fourth := frames(1, "a", "b", "c"), frames(4, "d")
	r := NewReader(&scripted{err: io.EOF, pieces: [][]byte{append(three, fourth[:9]...), fourth[9:]}})
	next(t, r, "a b c")
	next(t, r, "d")
	fails(t, r, "EOF")
}

func TestReaderTakesSingleBytes(t *testing.T) {
	r := NewReader(&scripted{err: io.EOF, pieces: bytes.SplitAfter(frames(1, "one", "two"), nil)})
	next(t, r, "one")
	next(t, r, "two")
	fails(t, r, "EOF")
}

func TestReaderGivesGoodFramesBeforeABadOne(t *testing.T) {
	gap := append(frames(1, "a"), frames(3, "c")...)
	r := NewReader(&scripted{err: io.EOF, pieces: [][]byte{gap}})
	next(t, r, "a")
	fails(t, r, "sequence is 3, expected 2")
}

func TestReaderRefuses(t *testing.T) {
	flipped := frames(1, "abc")
	flipped[len(flipped)-1] ^= 1
	for name, c := range map[string]struct {
		bytes []byte
		want  string
	}{
		"repeat":   {append(frames(1, "a"), frames(1, "a")...), "sequence is 1, expected 2"},
		"checksum": {flipped, "checksum"},
		"short":    {[]byte{3, 0, 0, 0}, "length"},
		"huge":     {[]byte{0, 0, 0, 255}, "length"},
		"cut":      {frames(1, "abc")[:20], "unexpected EOF"},
		"stranger": {frames(1, strings.Repeat("x", HandshakeLimit)), "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReader(&scripted{err: io.EOF, pieces: [][]byte{c.bytes}})
			var err error
			for err == nil {
				_, err = r.Next()
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("ends with %v, want %q", err, c.want)
			}
		})
	}
}

// A stranger's announced length must not cost memory.
func TestReaderMemoryFollowsWhatArrived(t *testing.T) {
	big := frames(1, strings.Repeat("x", 3<<20))
	r := NewReader(&scripted{err: io.EOF, pieces: [][]byte{big[:100], big[100:], frames(2, "small")}})
	r.Admit()
	next(t, r, strings.Repeat("x", 3<<20))
	if len(r.buf) < len(big) || len(r.buf) > 2*len(big) {
		t.Errorf("buffer of %d bytes for a frame of %d", len(r.buf), len(big))
	}
	next(t, r, "small")
	conn := r.conn.(*scripted)
	for seq := uint32(3); len(r.buf) > readSize; seq++ {
		if seq > 16*shrinkAfter {
			t.Fatalf("buffer still has %d bytes after %d small frames", len(r.buf), seq)
		}
		conn.pieces = [][]byte{frames(seq, "small")}
		next(t, r, "small")
	}
}

func TestReaderDetectsSilence(t *testing.T) {
	near, _ := pipePair(t)
	r := NewReader(near)
	r.SetSilence(time.Millisecond)
	if _, err := r.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("silence ends with %v", err)
	}
}

func TestReaderInterrupt(t *testing.T) {
	eachConn(t, func(t *testing.T, near, far net.Conn) {
		for _, silence := range []time.Duration{0, time.Hour} {
			r := NewReader(near)
			r.SetSilence(silence)
			ended := make(chan error)
			go func() {
				_, err := r.Next()
				ended <- err
			}()
			r.Interrupt()
			if err := <-ended; !errors.Is(err, ErrInterrupted) {
				t.Errorf("silence %v: %v", silence, err)
			}
		}
	})
}
