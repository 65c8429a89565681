package storetest

import (
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// Volume is a disk of its own, on which a store is opened again and again.
type Volume interface {
	// Open opens it, or ends the test.
	Open(t testing.TB) replica.Store
}

// Run runs the suite. fresh makes an empty volume.
func Run(t *testing.T, fresh func(t testing.TB) Volume) {
	for _, c := range []struct {
		name string
		test func(*box)
	}{
		{"Apply/New", applyNew},
		{"Apply/AllOrders", applyAllOrders},
		{"Apply/EqualChangesNothing", applyEqual},
		{"Apply/SameKeyTwiceInABatch", applyTwice},
		{"Apply/Sizes", applySizes},
		{"Apply/KeepsNothingOfTheCaller", applyCopies},
		{"Apply/Rotten", applyRotten},
		{"Flush/RemovesUpToTheVersion", flushRemoves},
		{"Flush/RefusesWhatIsBelow", flushRefuses},
		{"Flush/OlderChangesNothing", flushOlder},
		{"Flush/ManyRecords", flushMany},
		{"Remove", removeRecord},
		{"Scan/Order", scanOrder},
		{"Scan/Pages", scanPages},
		{"Scan/FromHash", scanFromHash},
		{"Scan/EmptyKey", scanEmptyKey},
		{"Digest/EqualForEqualRecords", digestEqual},
		{"Totals", totals},
		{"LSN/RisesByOne", lsnRises},
		{"LSN/OfRecords", lsnOfRecords},
		{"LSN/Advance", lsnAdvance},
		{"Identity", identity},
		{"Reopen", reopen},
		{"Sync/BesideApply", syncBesideApply},
		{"Close", closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &box{T: t, volume: fresh(t)}
			b.Store = b.volume.Open(t)
			c.test(b)
			Check(t, b.Store)
			b.close()
		})
	}
}

// box is a test with a store to work on.
type box struct {
	*testing.T
	replica.Store
	volume Volume
	shut   bool
}

func (b *box) close() {
	b.Helper()
	if b.shut {
		return
	}
	if err := b.Close(); err != nil {
		b.Fatalf("Close: %v", err)
	}
}

// reopen closes the store after a sync, and opens it again.
func (b *box) reopen() {
	b.Helper()
	b.sync()
	b.close()
	b.Store = b.volume.Open(b.T)
}

func (b *box) sync() replica.LSN {
	b.Helper()
	lsn, err := b.Sync()
	if err != nil {
		b.Fatalf("Sync: %v", err)
	}
	return lsn
}

// apply applies writes as one batch.
func (b *box) apply(writes ...replica.Write) ([]replica.Outcome, replica.LSN) {
	b.Helper()
	outcomes := make([]replica.Outcome, len(writes))
	lsn, err := b.Apply(writes, outcomes)
	if err != nil {
		b.Fatalf("Apply: %v", err)
	}
	return outcomes, lsn
}

// want applies one write, and demands an outcome.
func (b *box) want(code wire.Outcome, w replica.Write) replica.Outcome {
	b.Helper()
	out, _ := b.apply(w)
	if out[0].Code != code {
		b.Fatalf("apply of %q at %v: outcome %d, want %d", w.Key, w.Head.Version, out[0].Code, code)
	}
	return out[0]
}

// holds demands that exactly this record is held.
func (b *box) holds(w replica.Write) {
	b.Helper()
	head, value, _, status := b.Read(w.DB, w.Key, []byte("before "))
	if status != wire.StatusOK || head != w.Head || string(value) != "before "+string(w.Value) {
		b.Fatalf("read of %q: status %d, %+v, %d bytes; want %+v", w.Key, status, head, len(value), w.Head)
	}
	if got, _ := b.Head(w.DB, w.Key); got != w.Head {
		b.Fatalf("head of %q: %+v, want %+v", w.Key, got, w.Head)
	}
}

// lacks demands that there is no record, not even a tombstone.
func (b *box) lacks(db kv.DB, key string) {
	b.Helper()
	head, value, lsn, status := b.Read(db, []byte(key), nil)
	if status != wire.StatusNone || head.Exists() || len(value) != 0 || lsn != 0 {
		b.Fatalf("read of %q: status %d, %+v, LSN %d; want none", key, status, head, lsn)
	}
	if got, lsn := b.Head(db, []byte(key)); got.Exists() || lsn != 0 {
		b.Fatalf("head of %q: %+v, LSN %d; want none", key, got, lsn)
	}
}
