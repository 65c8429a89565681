package wire

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/distributedstorage/ds/internal/allocs"
	"github.com/distributedstorage/ds/internal/kv"
)

// largeApply is a write with a value of n bytes, whole and as a cutter.
func largeApply(ticket uint64, n int) (Frame, Cutter) {
	value := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(ticket)}).Read(value)
	f := Frame{Type: Apply, Ticket: ticket, Key: []byte("k"), Value: value, Relaxed: ticket%2 == 0,
		Head: kv.Head{Version: kv.Version{Time: 7}, Kind: kv.Live, Length: uint32(n), Checksum: kv.Checksum(kv.Live, 0, value)}}
	head := f
	head.Value = nil
	return f, NewCutter(AppendUnsealed(nil, &head), value)
}

// split cuts a stream that comes in pieces of so many bytes.
func split(stream []byte, piece int) (frames [][]byte, err error) {
	var s Splitter
	var buf []byte
	for len(stream) > 0 {
		n := min(piece, len(stream))
		buf, stream = append(buf, stream[:n]...), stream[n:]
		for {
			f, n, err := s.Next(buf)
			if err != nil {
				return frames, err
			}
			if n == 0 {
				break
			}
			if f != nil {
				frames = append(frames, bytes.Clone(f))
			}
			buf = buf[n:]
		}
	}
	return frames, nil
}

func TestFramesInChunksInterleave(t *testing.T) {
	const small = 20
	for _, piece := range []int{1000, 1 << 16, 1 << 20} {
		first, a := largeApply(1, 5*ChunkSize+1)
		second, b := largeApply(2, 2*ChunkSize)
		var stream []byte
		chunks, frames := uint32(0), uint32(0)
		for a.Left()+b.Left() > 0 {
			for _, c := range []*Cutter{&a, &b} {
				if c.Left() > 0 {
					chunks++
					stream = c.AppendNext(stream, chunks)
				}
			}
			frames++
			stream = Append(stream, &Frame{Type: Probe, Ticket: small, Seq: frames})
		}
		got, err := split(stream, piece)
		if err != nil {
			t.Fatal(err)
		}
		var order []uint64
		for _, b := range got {
			var f Frame
			if err := Decode(b, &f); err != nil {
				t.Fatal(err)
			}
			order = append(order, f.Ticket)
			want := &first
			switch f.Ticket {
			case small:
				continue
			case 2:
				want = &second
			}
			if !f.Own || f.Head != want.Head || f.Relaxed != want.Relaxed || !bytes.Equal(f.Value, want.Value) {
				t.Errorf("frame %d is not what was cut", f.Ticket)
			}
		}
		// Each stands where its last chunk was.
		if want := []uint64{small, small, 2, small, small, small, 1, small}; !slicesEqual(order, want) {
			t.Errorf("order %d, want %d", order, want)
		}
	}
}

func slicesEqual(a, b []uint64) bool {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// What lies about itself ends the link.
func TestSplitterRefuses(t *testing.T) {
	const typeAt, totalAt, offsetAt = HeaderSize, HeaderSize + 4, HeaderSize + 8
	chunk := func(ticket uint64, n int) []byte {
		_, c := largeApply(ticket, 2*ChunkSize)
		for range n {
			c.AppendNext(nil, 0)
		}
		return c.AppendNext(nil, 1)
	}
	put := func(b []byte, at int, v uint32) []byte { le.PutUint32(b[at:], v); return b }
	empty := chunk(1, 0)[:HeaderSize+chunkFixed]
	le.PutUint32(empty, uint32(len(empty)-4))
	whole, _ := largeApply(1, LargeValue+maxWhole)
	for name, list := range map[string][][]byte{
		"a piece is left out":      {chunk(1, 0), chunk(1, 2)},
		"a piece comes twice":      {chunk(1, 0), chunk(1, 0)},
		"it begins in the middle":  {chunk(1, 1)},
		"the piece passes the end": {put(chunk(1, 0), totalAt, ChunkSize-1)},
		"the total changes":        {chunk(1, 0), put(chunk(1, 1), totalAt, 3*ChunkSize)},
		"the type changes":         {chunk(1, 0), put(chunk(1, 1), typeAt, uint32(ReadReply))},
		"the offset wraps":         {put(chunk(1, 0), offsetAt, 1<<32-1)},
		"longer than any value":    {put(chunk(1, 0), totalAt, maxBody+1)},
		"a type without chunks":    {put(chunk(1, 0), typeAt, uint32(Hello))},
		"nothing in it":            {empty},
		"three at a time":          {chunk(1, 0), chunk(2, 0), chunk(3, 0)},
	} {
		var stream []byte
		for i, b := range list {
			Seal(b, uint32(i+1))
			stream = append(stream, b...)
		}
		if _, err := split(stream, 1<<20); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := split(Append(nil, &Frame{Type: Apply, Seq: 1, Key: whole.Key, Head: whole.Head, Value: whole.Value}), 1<<20); err == nil {
		t.Error("a large value outside chunks: taken")
	}
	if _, err := split(append(chunk(1, 0), chunk(1, 1)...), 1<<20); err == nil {
		t.Error("a chunk that was lost: not missed") // both have number 1
	}
}

// Memory follows what has arrived, whatever was announced.
func TestAssemblyGrowsWithWhatArrives(t *testing.T) {
	_, c := largeApply(1, MaxValue)
	var s Splitter
	var buf []byte
	for seq := uint32(1); c.Left() > ChunkSize; seq++ {
		buf = c.AppendNext(buf[:0], seq)
		if _, _, err := s.Next(buf); err != nil {
			t.Fatal(err)
		}
		for i := range s.partial {
			if a := &s.partial[i]; a.frame != nil && cap(a.frame) > max(firstRoom, 2*len(a.frame)+ChunkSize) {
				t.Fatalf("room for %d bytes when %d have come", cap(a.frame), len(a.frame))
			}
		}
	}
}

// go test -fuzz FuzzSplitter -fuzztime 60s ./internal/wire

// FuzzSplitter cuts a frame into chunks, which give it back; then it has one chunk that is sealed say what it likes: it is
// refused or kept, and costs what came of it, not what it announces.
func FuzzSplitter(f *testing.F) {
	f.Add([]byte("value"), byte(Apply), uint32(1<<26), uint32(0))
	f.Add([]byte{}, byte(ReadReply), uint32(0), uint32(1<<31))
	f.Fuzz(func(t *testing.T, value []byte, kind byte, total, offset uint32) {
		var s Splitter
		large := append(bytes.Repeat([]byte("0123456789abcdef"), LargeValue/16), value...)
		want := Frame{Type: Apply, Ticket: 7, Head: kv.Head{Kind: kv.Live, Length: uint32(len(large))}, Key: []byte("key")}
		c := NewCutter(AppendUnsealed(nil, &want), large)
		var got Frame
		seq := uint32(0)
		for c.Left() > 0 {
			seq++
			frame, _, err := s.Next(c.AppendNext(nil, seq))
			if err != nil {
				t.Fatal(err)
			}
			if (len(frame) > 0) != (c.Left() == 0) {
				t.Fatalf("a frame of %d bytes with %d left", len(frame), c.Left())
			}
			if len(frame) > 0 && Decode(frame, &got) != nil {
				t.Fatal("what came in chunks is no frame")
			}
		}
		if want.Value = large; !sameBody(&want, &got) {
			t.Fatalf("%d bytes became %d", len(large), len(got.Value))
		}
		odd := Append(nil, &Frame{Type: Chunk, Seq: seq + 1, Ticket: 8, Value: value, Piece: Piece{Type: Type(kind), Total: total, Offset: offset}})
		if cost := allocs.Of(func() { _, _, _ = s.Next(odd) }); cost > int64(firstRoom+2*len(value)+64<<10) {
			t.Fatalf("a chunk of %d bytes cost %d", len(value), cost)
		}
	})
}
