package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// workload draws operations from a seed.
type workload struct {
	*rand.Rand
	keys     [databases][]string
	versions uint64 // the highest drawn so far
	writes   int    // of the largest batch
}

func newWorkload(seed uint64) *workload {
	w := &workload{Rand: rand.New(rand.NewPCG(seed, 2)), writes: 8}
	for db := range kv.DB(databases) {
		// Two partitions, so that listings have something to order, and keys from anywhere.
		w.keys[db] = append(keysIn(3, db, 12), keysIn(4, db, 4)...)
		w.keys[db] = append(w.keys[db], "", "a", "b", "c")
	}
	return w
}

func (w *workload) place() (kv.DB, string) {
	db := kv.DB(w.IntN(databases))
	return db, w.keys[db][w.IntN(len(w.keys[db]))]
}

// version is mostly new, often a tie or older than what is there.
func (w *workload) version() kv.Version {
	if w.IntN(3) > 0 {
		w.versions++
	}
	back := min(uint64(w.IntN(4)*w.IntN(8)), w.versions)
	return kv.Version{Time: w.versions - back + 1, Router: uint16(w.IntN(2))}
}

var sizes = []int{0, 1, 30, 255, 256, 257, 300, 2000}

func (w *workload) record() replica.Write {
	db, key := w.place()
	kind, value := kv.Live, []byte(nil)
	if w.IntN(5) == 0 {
		kind = kv.Tombstone
	} else {
		// Few distinct values, so that equal records and ties of every kind come up.
		value = bytesOf(uint64(w.IntN(3)), sizes[w.IntN(len(sizes))])
	}
	r := record(db, key, kind, int64(w.IntN(2)*1000), value, w.version())
	if w.IntN(20) == 0 {
		r = damaged(r)
	}
	return r
}

func (w *workload) batch() []replica.Write {
	batch := make([]replica.Write, 1+w.IntN(w.writes))
	for i := range batch {
		batch[i] = w.record()
	}
	return batch
}

// step is one operation that changes a store, drawn once and done to one store or several.
type step struct {
	name string
	do   func(t testing.TB, s replica.Store) string // what the store answered
}

func (w *workload) step() step {
	switch n := w.IntN(100); {
	case n < 70:
		batch := w.batch()
		return step{fmt.Sprintf("apply %d", len(batch)), func(t testing.TB, s replica.Store) string {
			outcomes := make([]replica.Outcome, len(batch))
			lsn, err := s.Apply(batch, outcomes)
			return fmt.Sprint(outcomes, lsn, err)
		}}
	case n < 74:
		db, version := kv.DB(w.IntN(databases)), kv.Version{Time: w.versions / 2}
		if w.IntN(4) == 0 {
			version = kv.Version{Time: w.versions}
		}
		return step{fmt.Sprintf("flush %d at %v", db, version), func(t testing.TB, s replica.Store) string {
			lsn, err := s.Flush(db, version)
			return fmt.Sprint(lsn, err, s.Flushed(db))
		}}
	case n < 82:
		db, key := w.place()
		return step{fmt.Sprintf("remove %q of %d", key, db), func(t testing.TB, s replica.Store) string {
			return fmt.Sprint(s.Remove(db, []byte(key)))
		}}
	case n < 85:
		jump := replica.LSN(w.IntN(3))
		return step{fmt.Sprintf("advance by %d", jump), func(t testing.TB, s replica.Store) string {
			return fmt.Sprint(s.Advance(s.LSN() + jump))
		}}
	case n < 88:
		epoch := w.Uint64()
		return step{"set identity", func(t testing.TB, s replica.Store) string {
			id := s.Identity()
			id.Epoch = epoch
			return fmt.Sprint(s.SetIdentity(id))
		}}
	default:
		return step{"sync", syncStep}
	}
}

func syncStep(t testing.TB, s replica.Store) string { return fmt.Sprint(s.Sync()) }

// look is an operation that changes nothing but what is known of rotten records.
func (w *workload) look() step {
	db, key := w.place()
	if w.IntN(2) == 0 {
		return step{fmt.Sprintf("read %q of %d", key, db), func(t testing.TB, s replica.Store) string {
			head, value, lsn, status := s.Read(db, []byte(key), []byte("dst"))
			return fmt.Sprint(head, string(value), lsn, status)
		}}
	}
	p := kv.Partition(3 + w.IntN(2))
	cursor := replica.Cursor{DB: db, Hash: p.First()}
	if w.IntN(2) == 0 {
		cursor = after(&wire.Entry{DB: db, Key: []byte(key)})
	}
	maxBytes := w.IntN(500)
	return step{fmt.Sprintf("scan %d from %v", p, cursor), func(t testing.TB, s replica.Store) string {
		page, more, lsn := s.Scan(p, cursor, nil, maxBytes)
		live, highest := s.Totals()
		return fmt.Sprintf("%x %v %d %v %d %v", page, more, lsn, s.Digest(p), live, highest)
	}}
}
