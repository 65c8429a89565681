package storetest

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// digestEqual: digests depend on the records, not on the way they came.
func digestEqual(b *box) {
	keys := keysIn(7, 0, 20)
	for i, key := range keys {
		b.want(wire.Applied, live(0, key, "old", uint64(i+1)))
	}
	for i, key := range keys {
		b.want(wire.Applied, live(0, key, "new", uint64(i+100)))
	}
	extra := keysIn(7, 1, 1)[0]
	b.want(wire.Applied, dead(1, extra, 1000))
	with := b.Digest(7)
	if _, err := b.Remove(1, []byte(extra)); err != nil {
		b.Fatal(err)
	}
	var want digest.Digest
	for i, key := range keys {
		want.Add(0, kv.HashKey(0, []byte(key)), live(0, key, "new", uint64(i+100)).Head)
	}
	if got := b.Digest(7); got != want || with == want {
		b.Fatalf("digest %+v, want %+v; with one more %+v", got, want, with)
	}
	if b.Digest(8) != (digest.Digest{}) {
		b.Fatalf("digest of an empty partition: %+v", b.Digest(8))
	}
	b.reopen()
	if got := b.Digest(7); got != want {
		b.Fatalf("digest after reopening %+v, want %+v", got, want)
	}
}

func totals(b *box) {
	want := func(live uint64, v uint64) {
		b.Helper()
		if n, highest := b.Totals(); n != live || v != 0 && highest != version(v) {
			b.Fatalf("%d live, highest %v; want %d, %v", n, highest, live, version(v))
		}
	}
	want(0, 0)
	b.apply(live(0, "a", "1", 3), live(1, "b", "1", 4), dead(2, "c", 5))
	want(2, 5)
	b.apply(dead(0, "a", 4), live(2, "c", "1", 6))
	want(2, 6)
	b.apply(live(0, "a", "older", 2))
	want(2, 6)
	b.reopen()
	want(2, 6)
	b.flush(2, 6)
	want(1, 0)
	b.reopen()
	want(1, 4)
}

func lsnRises(b *box) {
	start := b.LSN()
	for i := range uint64(10) {
		_, lsn := b.apply(live(0, "a", "1", i+1), live(0, "b", "1", i+1))
		if want := start + replica.LSN(i) + 1; lsn != want || b.LSN() != want {
			b.Fatalf("batch %d: LSN %d (%d), want %d", i, lsn, b.LSN(), want)
		}
	}
	if synced := b.sync(); synced != b.LSN() {
		b.Fatalf("synced %d of %d", synced, b.LSN())
	}
	if again := b.sync(); again != b.LSN() {
		b.Fatalf("the second sync gave %d, want %d", again, b.LSN())
	}
	before := b.LSN()
	b.reopen()
	if b.LSN() < before {
		b.Fatalf("LSN %d after reopening, %d before", b.LSN(), before)
	}
	if _, lsn := b.apply(live(0, "a", "1", 100)); lsn <= before {
		b.Fatalf("LSN %d after reopening, %d before", lsn, before)
	}
}

func lsnOfRecords(b *box) {
	_, first := b.apply(live(0, "a", "1", 1), live(0, "b", "1", 1))
	_, second := b.apply(live(0, "b", "2", 2))
	if _, lsn := b.Head(0, []byte("a")); lsn != first {
		b.Fatalf("a: LSN %d, want %d", lsn, first)
	}
	if _, _, lsn, _ := b.Read(0, []byte("b"), nil); lsn != second {
		b.Fatalf("b: LSN %d, want %d", lsn, second)
	}
	b.reopen()
	if _, lsn := b.Head(0, []byte("a")); lsn != 0 {
		b.Fatalf("a was there when the store was opened: LSN %d, want 0", lsn)
	}
	_, third := b.apply(live(0, "a", "3", 3))
	if _, lsn := b.Head(0, []byte("a")); lsn != third {
		b.Fatalf("a: LSN %d, want %d", lsn, third)
	}
}

func lsnAdvance(b *box) {
	b.apply(live(0, "a", "1", 1))
	for _, step := range []struct{ to, want replica.LSN }{{100, 100}, {100, 100}, {50, 100}, {1 << 40, 1 << 40}} {
		lsn, err := b.Advance(step.to)
		if err != nil || lsn != step.want || b.LSN() != step.want {
			b.Fatalf("Advance(%d) = %d, %v; LSN %d", step.to, lsn, err, b.LSN())
		}
	}
	if _, lsn := b.apply(live(0, "a", "2", 2)); lsn != 1<<40+1 {
		b.Fatalf("the next batch has LSN %d", lsn)
	}
	if _, err := b.Advance(1 << 41); err != nil {
		b.Fatal(err)
	}
	b.reopen()
	if b.LSN() != 1<<41 {
		b.Fatalf("LSN %d after reopening", b.LSN())
	}
}

func identity(b *box) {
	id := b.Identity()
	if id.Store.IsZero() || id != (replica.Identity{Store: id.Store}) {
		b.Fatalf("identity of an empty volume: %+v", id)
	}
	want := replica.Identity{
		Cluster: kv.ID{1}, Store: id.Store, Number: 3, Geometry: ring.New(5, 1, 16),
		Epoch: 7, Journal: kv.ID{2}, JournalSequence: 1 << 50,
	}
	if err := b.SetIdentity(want); err != nil {
		b.Fatal(err)
	}
	if b.Identity() != want {
		b.Fatalf("identity %+v, want %+v", b.Identity(), want)
	}
	b.reopen()
	if b.Identity() != want {
		b.Fatalf("identity after reopening %+v, want %+v", b.Identity(), want)
	}
}

// reopen: everything is there again, several times.
func reopen(b *box) {
	var before State
	for round := range uint64(4) {
		for i := range uint64(50) {
			v := round*100 + i + 1
			b.apply(live(kv.DB(i%databases), fmt.Sprint("key ", i), string(bytesOf(v, int(i)*20)), v),
				dead(0, fmt.Sprint("dead ", i), v))
		}
		before = Check(b, b.Store)
		b.reopen()
		if after := Check(b, b.Store); !reflect.DeepEqual(before, after) {
			b.Fatalf("round %d: %d records before, %d after, or they differ", round, len(before.Records), len(after.Records))
		}
	}
	if len(before.Records) != 100 {
		b.Fatalf("%d records", len(before.Records))
	}
}

// syncBesideApply: the committer never sees its LSN fall, nor one above what was applied.
func syncBesideApply(b *box) {
	const batches = 300
	var committer sync.WaitGroup
	done := make(chan struct{})
	committer.Go(func() {
		var last replica.LSN
		for {
			lsn, err := b.Sync()
			if err != nil || lsn < last || lsn > batches {
				b.Errorf("Sync = %d, %v; %d before, %d batches", lsn, err, last, batches)
				return
			}
			last = lsn
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for i := range uint64(batches) {
		b.apply(live(0, fmt.Sprint(i), "1", i+1), live(0, "same", fmt.Sprint(i), i+1))
	}
	close(done)
	committer.Wait()
	if b.sync() != b.LSN() {
		b.Fatal("the last sync is not that of the last batch")
	}
}

func closed(b *box) {
	b.apply(live(0, "a", "1", 1))
	b.sync()
	old := b.Store
	b.close()
	if err := old.Close(); err != nil {
		b.Fatalf("the second Close: %v", err)
	}
	if _, err := old.Apply([]replica.Write{live(0, "b", "1", 2)}, make([]replica.Outcome, 1)); err == nil {
		b.Fatal("Apply after Close")
	}
	if _, err := old.Sync(); err == nil {
		b.Fatal("Sync after Close")
	}
	if _, err := old.Flush(0, version(9)); err == nil {
		b.Fatal("Flush after Close")
	}
	if _, _, _, status := old.Read(0, []byte("a"), nil); status != wire.StatusFailed {
		b.Fatalf("Read after Close: status %d", status)
	}
	b.Store = b.volume.Open(b.T)
	b.holds(live(0, "a", "1", 1))
}
