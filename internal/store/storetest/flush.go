package storetest

import (
	"fmt"
	"strings"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

func (b *box) flush(db kv.DB, v uint64) replica.LSN {
	b.Helper()
	lsn, err := b.Flush(db, version(v))
	if err != nil {
		b.Fatalf("Flush: %v", err)
	}
	return lsn
}

func flushRemoves(b *box) {
	other, newer := live(1, "a", "other database", 1), live(0, "newer", "stays", 6)
	deadNewer := dead(0, "dead newer", 7)
	b.apply(live(0, "a", "1", 1), live(0, "long", strings.Repeat("long", 100), 2), live(0, "at", "5", 5),
		dead(0, "dead", 3), newer, deadNewer, other)
	before := b.LSN()
	if !b.Flushed(0).IsZero() {
		b.Fatalf("flushed at %v", b.Flushed(0))
	}
	if lsn := b.flush(0, 5); lsn != before+1 || b.LSN() != lsn {
		b.Fatalf("LSN %d after %d", lsn, before)
	}
	check := func() {
		for _, key := range []string{"a", "long", "at", "dead"} {
			b.lacks(0, key)
		}
		for _, w := range []replica.Write{other, newer, deadNewer} {
			b.holds(w)
		}
		if b.Flushed(0) != version(5) || !b.Flushed(1).IsZero() {
			b.Fatalf("flushed at %v and %v", b.Flushed(0), b.Flushed(1))
		}
		Check(b, b.Store)
	}
	check()
	b.reopen()
	check()
}

func flushRefuses(b *box) {
	b.flush(0, 5)
	lsn := b.LSN()
	out, at := b.apply(live(0, "a", "4", 4), dead(0, "a", 5))
	for _, o := range out {
		if o.Code != wire.Flushed || o.Prev.Exists() || o.Head.Exists() {
			b.Fatalf("outcome %+v", o)
		}
	}
	if at != lsn {
		b.Fatalf("LSN %d, want %d: nothing was written", at, lsn)
	}
	newer := live(0, "a", "6", 6)
	b.want(wire.Applied, newer)
	if out := b.want(wire.Flushed, live(0, "a", "5", 5)); out.Head != newer.Head {
		b.Fatalf("outcome %+v, want the newer head in it", out)
	}
	b.reopen()
	b.want(wire.Flushed, live(0, "b", "5", 5))
	b.want(wire.Applied, live(1, "b", "5", 5))
}

func flushOlder(b *box) {
	b.flush(0, 5)
	lsn := b.LSN()
	for _, v := range []uint64{5, 4} {
		if at := b.flush(0, v); at != lsn || b.Flushed(0) != version(5) {
			b.Fatalf("flush at %d: LSN %d, flushed at %v", v, at, b.Flushed(0))
		}
	}
	b.flush(0, 9)
	b.want(wire.Flushed, live(0, "a", "8", 8))
}

// flushMany fills a partition so that removing it whole pays, another in part, and spreads the rest.
func flushMany(b *box) {
	var gone, stay []replica.Write
	for i, key := range keysIn(5, 1, 100) {
		gone = append(gone, live(1, key, string(bytesOf(uint64(i), i*7)), uint64(i+1)))
	}
	for i, key := range keysIn(6, 1, 100) {
		w := live(1, key, string(bytesOf(uint64(i), i*7)), uint64(1+i%2*1000))
		if i%2 == 0 {
			gone = append(gone, w)
		} else {
			stay = append(stay, w)
		}
	}
	for _, db := range []kv.DB{0, 2} {
		for i, key := range keysIn(5, db, 40) {
			stay = append(stay, live(db, key, fmt.Sprint("neighbour ", i), 3))
		}
	}
	b.apply(append(append([]replica.Write(nil), gone...), stay...)...)
	b.flush(1, 500)
	again := live(1, string(gone[0].Key), "written after the flush", 501)
	b.want(wire.Applied, again)
	for range 2 {
		for _, w := range gone[1:] {
			b.lacks(1, string(w.Key))
		}
		for _, w := range append(stay, again) {
			b.holds(w)
		}
		b.reopen()
	}
}

func removeRecord(b *box) {
	small, large, stone := live(0, "small", "1", 9), live(0, "large", strings.Repeat("l", 999), 9), dead(0, "stone", 9)
	b.apply(small, large, stone)
	for _, w := range []replica.Write{small, large, stone} {
		before := b.LSN()
		if lsn, err := b.Remove(0, w.Key); err != nil || lsn != before+1 {
			b.Fatalf("Remove: LSN %d after %d, %v", lsn, before, err)
		}
		b.lacks(0, string(w.Key))
	}
	before := b.LSN()
	if lsn, err := b.Remove(0, []byte("never there")); err != nil || lsn != before {
		b.Fatalf("Remove of nothing: LSN %d after %d, %v", lsn, before, err)
	}
	b.want(wire.Applied, live(0, "small", "as if it had never been there", 1))
	b.reopen()
	b.holds(live(0, "small", "as if it had never been there", 1))
	b.lacks(0, "large")
	b.lacks(0, "stone")
}
