package storetest

import (
	"bytes"
	"testing"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// databases is how many databases the suite uses.
const databases = 3

// Held is one record of a store.
type Held struct {
	Head  kv.Head
	Value string
	// Status is that of reading it.
	Status wire.Status
}

// Place is where a record belongs.
type Place struct {
	DB  kv.DB
	Key string
}

// State is all that a store says.
type State struct {
	Identity replica.Identity
	LSN      replica.LSN
	Flushed  [databases]kv.Version
	Records  map[Place]Held
}

// Check demands that listings, digests, totals, heads and reads of a store agree with one
// another, and returns what it holds.
func Check(t testing.TB, s replica.Store) State {
	t.Helper()
	state := State{Identity: s.Identity(), LSN: s.LSN(), Records: map[Place]Held{}}
	for db := range state.Flushed {
		state.Flushed[db] = s.Flushed(kv.DB(db))
	}
	var live uint64
	var highest kv.Version
	for p := range kv.Partition(kv.Partitions) {
		sum, top := checkPartition(t, s, p, state.Records)
		if got := s.Digest(p); got != sum {
			t.Fatalf("partition %d: digest %+v, its records give %+v", p, got, sum)
		}
		live += uint64(sum.Live)
		if highest.Less(top) {
			highest = top
		}
	}
	gotLive, gotHighest := s.Totals()
	if gotLive != live || gotHighest.Less(highest) {
		t.Fatalf("totals: %d live, highest %v; the records give %d, %v", gotLive, gotHighest, live, highest)
	}
	return state
}

func checkPartition(t testing.TB, s replica.Store, p kv.Partition, records map[Place]Held) (digest.Digest, kv.Version) {
	t.Helper()
	var sum digest.Digest
	var highest kv.Version
	var last *wire.Entry
	for _, e := range list(t, s, p, 1<<30) {
		hash := kv.HashKey(e.DB, e.Key)
		if hash.Partition() != p {
			t.Fatalf("partition %d lists %q, which belongs to %d", p, e.Key, hash.Partition())
		}
		if last != nil && order(last, &e) >= 0 {
			t.Fatalf("partition %d lists %q of %d before %q of %d", p, last.Key, last.DB, e.Key, e.DB)
		}
		last = &e
		sum.Add(e.DB, hash, e.Head)
		if highest.Less(e.Head.Version) {
			highest = e.Head.Version
		}
		records[Place{e.DB, string(e.Key)}] = checkRecord(t, s, &e)
	}
	return sum, highest
}

func checkRecord(t testing.TB, s replica.Store, e *wire.Entry) Held {
	t.Helper()
	head, value, lsn, status := s.Read(e.DB, e.Key, nil)
	byHead, headLSN := s.Head(e.DB, e.Key)
	if head != e.Head || byHead != e.Head || lsn != headLSN || lsn > s.LSN() {
		t.Fatalf("%q: listed as %+v, read as %+v (LSN %d), head %+v (LSN %d)", e.Key, e.Head, head, lsn, byHead, headLSN)
	}
	if status == wire.StatusOK && kv.Checksum(head.Kind, head.Expiry, value) != head.Checksum {
		t.Fatalf("%q: a value with another checksum was read", e.Key)
	}
	return Held{Head: head, Value: string(value), Status: status}
}

// list is a whole partition, page by page.
func list(t testing.TB, s replica.Store, p kv.Partition, maxBytes int) []wire.Entry {
	t.Helper()
	var all []wire.Entry
	cursor := replica.Cursor{Hash: p.First()}
	for more := true; more; {
		var page []byte
		page, more, _ = s.Scan(p, cursor, nil, maxBytes)
		if more && len(page) == 0 {
			t.Fatalf("partition %d: an empty page that is not the last", p)
		}
		for len(page) > 0 {
			var e wire.Entry
			rest, ok := wire.NextEntry(page, &e)
			if !ok {
				t.Fatalf("partition %d: a page that can't be decoded", p)
			}
			page = rest
			all = append(all, e)
			cursor = after(&e)
		}
	}
	return all
}

// after is the cursor that stands behind an entry. An empty key in a cursor means from its hash
// on, so that what follows an empty key begins at the next hash.
func after(e *wire.Entry) replica.Cursor {
	hash := kv.HashKey(e.DB, e.Key)
	if len(e.Key) == 0 {
		hash++
	}
	return replica.Cursor{DB: e.DB, Hash: hash, Key: e.Key}
}

// order compares two entries by database, hash and key.
func order(a, b *wire.Entry) int {
	x, y := kv.HashKey(a.DB, a.Key), kv.HashKey(b.DB, b.Key)
	switch {
	case a.DB != b.DB:
		return int(a.DB) - int(b.DB)
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return bytes.Compare(a.Key, b.Key)
}
