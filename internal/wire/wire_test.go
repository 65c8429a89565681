package wire

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/allocs"
)

func TestRoundTrip(t *testing.T) {
	for _, f := range samples() {
		b := Append([]byte("before"), &f)[len("before"):]
		frame, err := Split(b, f.Seq)
		if err != nil || len(frame) != len(b) {
			t.Fatalf("%s: %d of %d bytes, %v", typeNames[f.Type], len(frame), len(b), err)
		}
		var got Frame
		if err := Decode(frame, &got); err != nil {
			t.Fatalf("%s: %v", typeNames[f.Type], err)
		}
		if !reflect.DeepEqual(got, f) {
			t.Errorf("%s:\n%+v\nbecame\n%+v", typeNames[f.Type], f, got)
		}
	}
}

func TestEveryTypeHasASample(t *testing.T) {
	seen := map[Type]bool{}
	for _, f := range samples() {
		seen[f.Type] = true
	}
	for typ := Hello; typ <= Chunk; typ++ {
		if !seen[typ] {
			t.Errorf("type %d has no sample", typ)
		}
	}
	if err := Decode(Append(nil, &Frame{Type: Chunk + 1}), &Frame{}); err == nil {
		t.Error("a type that is unknown was decoded: give it a sample")
	}
}

// A frame cut anywhere is never an error of the link's bytes, only not there yet.
func TestSplitWaitsForTheWholeFrame(t *testing.T) {
	for _, f := range samples() {
		b := Append(nil, &f)
		for n := range b {
			if frame, err := Split(b[:n], f.Seq); len(frame) != 0 || err != nil {
				t.Fatalf("%s cut to %d of %d: %d bytes, %v", typeNames[f.Type], n, len(b), len(frame), err)
			}
		}
		if frame, err := Split(append(b, 1, 2, 3), f.Seq); len(frame) != len(b) || cap(frame) != len(b) || err != nil {
			t.Errorf("%s with more behind it: %d bytes, %v", typeNames[f.Type], len(frame), err)
		}
	}
}

// A body cut short by a peer that seals it well must be refused, not read past its end.
func TestDecodeRefusesTruncatedBodies(t *testing.T) {
	for _, f := range samples() {
		whole := Append(nil, &f)
		for n := range len(whole) {
			cut := whole[:n:n]
			var got Frame
			err := Decode(cut, &got)
			if n < HeaderSize+bodySize(f.Type) && !errors.Is(err, ErrTruncated) {
				t.Errorf("%s cut to %d of %d: %v", typeNames[f.Type], n, len(whole), err)
			}
		}
	}
	f := samples()[Apply-1]
	whole := Append(nil, &f)
	cut := whole[:len(whole)-len(f.Value)-1] // the key's length says one more than there is
	if err := Decode(cut, &Frame{}); !errors.Is(err, ErrTruncated) {
		t.Errorf("a cut key: %v", err)
	}
}

func TestSplitRefuses(t *testing.T) {
	f := samples()[Apply-1]
	whole := Append(nil, &f)
	for i := lengthField; i < len(whole); i++ {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 0x10
		if _, err := Split(flipped, f.Seq); err == nil {
			t.Fatalf("byte %d flipped unnoticed", i)
		}
	}
	if _, err := Split(whole, f.Seq+1); err == nil || !strings.Contains(err.Error(), "sequence") {
		t.Errorf("a wrong sequence number: %v", err)
	}
	for _, length := range []uint32{0, HeaderSize - lengthField - 1, MaxFrame - lengthField + 1, 1<<32 - 1} {
		if _, err := Split(le.AppendUint32(nil, length), 1); err == nil || !strings.Contains(err.Error(), "length") {
			t.Errorf("length %d: %v", length, err)
		}
	}
	if _, err := Split(le.AppendUint32(nil, MaxFrame-lengthField), 1); err != nil {
		t.Errorf("the longest frame: %v", err)
	}
}

func TestSealAfterwards(t *testing.T) {
	f := samples()[ReadReply-1]
	late := Frame{Type: ReadReply, Relaxed: f.Relaxed, Ticket: f.Ticket, Floor: f.Floor}
	b := append(AppendUnsealed(nil, &late), f.Value...)
	SetReadReply(b, f.Code, f.Head)
	Seal(b, f.Seq)
	if want := Append(nil, &f); !bytes.Equal(b, want) {
		t.Errorf("%x, want %x", b, want)
	}
}

func TestListsEndWhereTheyAreCut(t *testing.T) {
	entry := Entry{DB: 3, Head: sampleHead, Key: sampleKey}
	entries := AppendEntry(AppendEntry(nil, &entry), &entry)
	var e Entry
	rest, ok := NextEntry(entries, &e)
	if !ok || !reflect.DeepEqual(e, entry) || len(rest) != len(entries)/2 {
		t.Errorf("entry %+v, %d bytes left, %v", e, len(rest), ok)
	}
	for n := range rest {
		if _, ok := NextEntry(rest[:n], &e); ok {
			t.Errorf("an entry cut to %d bytes", n)
		}
	}
	digest := PartitionDigest{Partition: 9, Sum: 8, Records: 7, Live: 6}
	var d PartitionDigest
	digests := AppendDigest(nil, &digest)
	if rest, ok := NextDigest(digests, &d); !ok || d != digest || len(rest) != 0 {
		t.Errorf("digest %+v, %v", d, ok)
	}
	if _, ok := NextDigest(digests[:DigestSize-1], &d); ok {
		t.Error("a cut digest")
	}
	flushes := AppendFlush(nil, 9, sampleVersion)
	if db, v, rest, ok := NextFlush(flushes); db != 9 || v != sampleVersion || len(rest) != 0 || !ok {
		t.Errorf("flush of %d at %v, %v", db, v, ok)
	}
	if _, _, _, ok := NextFlush(flushes[:len(flushes)-1]); ok {
		t.Error("a cut flush")
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range samples() {
		f.Add(Append(nil, &s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var frame Frame
		var err error
		if cost := allocs.Of(func() { err = Decode(b, &frame) }); cost > 64<<10 { // it points into b
			t.Fatalf("a frame of %d bytes cost %d", len(b), cost)
		}
		if err != nil {
			return
		}
		frame.Session.Flushes, frame.Value = bytes.Clone(frame.Session.Flushes), bytes.Clone(frame.Value)
		again := Frame{}
		if err := Decode(Append(nil, &frame), &again); err != nil || !sameBody(&frame, &again) {
			t.Errorf("%+v became %+v: %v", frame, again, err)
		}
	})
}

func sameBody(a, b *Frame) bool {
	return a.Type == b.Type && a.Ticket == b.Ticket && a.Head == b.Head && a.Floor == b.Floor && a.Version == b.Version &&
		a.Sequence == b.Sequence && bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Value, b.Value) &&
		bytes.Equal(a.Session.Flushes, b.Session.Flushes) && a.Session.Highest == b.Session.Highest
}

// go test -bench Wire ./internal/wire
func BenchmarkWire(b *testing.B) {
	f := samples()[Apply-1]
	var buf []byte
	b.Run("Append/Apply", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			buf = Append(buf[:0], &f)
		}
	})
	b.Run("Decode/Apply", func(b *testing.B) {
		b.ReportAllocs()
		var got Frame
		for b.Loop() {
			if err := Decode(buf, &got); err != nil {
				b.Fatal(err)
			}
		}
	})
}
