package storetest

import (
	"fmt"
	"slices"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// fill puts n records a database into a partition, and some into its neighbours.
func (b *box) fill(p kv.Partition, n int) []wire.Entry {
	b.Helper()
	var all []wire.Entry
	for db := range kv.DB(databases) {
		for i, key := range keysIn(p, db, n) {
			w := live(db, key, fmt.Sprint(i), uint64(i+1))
			b.want(wire.Applied, w)
			all = append(all, wire.Entry{DB: db, Head: w.Head, Key: w.Key})
		}
		for _, q := range []kv.Partition{p - 1, p + 1} {
			b.want(wire.Applied, live(db, keysIn(q, db, 1)[0], "neighbour", 1))
		}
	}
	slices.SortFunc(all, func(x, y wire.Entry) int { return order(&x, &y) })
	return all
}

func (b *box) same(got, want []wire.Entry) {
	b.Helper()
	if len(got) != len(want) {
		b.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].DB != want[i].DB || got[i].Head != want[i].Head || string(got[i].Key) != string(want[i].Key) {
			b.Fatalf("entry %d is %q of %d, want %q of %d", i, got[i].Key, got[i].DB, want[i].Key, want[i].DB)
		}
	}
}

func scanOrder(b *box) {
	if page, more, _ := b.Scan(9, replica.Cursor{}, []byte("dst"), 100); more || string(page) != "dst" {
		b.Fatalf("an empty partition gave %q, more %v", page, more)
	}
	all := b.fill(9, 50)
	b.same(list(b, b.Store, 9, 1<<30), all)
	if _, _, lsn := b.Scan(9, replica.Cursor{}, nil, 1); lsn != b.LSN() {
		b.Fatalf("LSN %d, want %d", lsn, b.LSN())
	}
	// Cursors of other partitions: all of it, or nothing of that database.
	page, _, _ := b.Scan(9, replica.Cursor{DB: 1, Hash: kv.Partition(10).First()}, nil, 1<<30)
	b.same(decode(b, page), all[2*50:])
	page, _, _ = b.Scan(9, replica.Cursor{DB: 1, Hash: kv.Partition(8).First()}, nil, 1<<30)
	b.same(decode(b, page), all[1*50:])
	page, more, _ := b.Scan(9, replica.Cursor{DB: databases}, nil, 1<<30)
	if len(page) != 0 || more {
		b.Fatalf("%d bytes after the last database, more %v", len(page), more)
	}
	b.reopen()
	b.same(list(b, b.Store, 9, 1<<30), all)
}

func decode(b *box, page []byte) []wire.Entry {
	b.Helper()
	var all []wire.Entry
	for len(page) > 0 {
		var e wire.Entry
		rest, ok := wire.NextEntry(page, &e)
		if !ok {
			b.Fatal("a page that can't be decoded")
		}
		page, all = rest, append(all, e)
	}
	return all
}

// scanPages: pages of any size give each entry once, and dst is appended to.
func scanPages(b *box) {
	all := b.fill(9, 30)
	for _, maxBytes := range []int{0, 1, 40, 100, 333, 1000} {
		b.same(list(b, b.Store, 9, maxBytes), all)
	}
	size := len(wire.AppendEntry(nil, &all[0]))
	page, more, _ := b.Scan(9, replica.Cursor{}, []byte("dst"), size)
	if string(page[:3]) != "dst" || !more {
		b.Fatalf("page of %d bytes, more %v", len(page), more)
	}
	b.same(decode(b, page[3:]), all[:1])
	if page, _, _ = b.Scan(9, replica.Cursor{}, nil, size+1); len(decode(b, page)) != 2 {
		b.Fatalf("%d entries in a page that the first does not fill", len(decode(b, page)))
	}
	// Records that go and come while the listing is under way.
	cursor := after(&all[10])
	if _, err := b.Remove(all[10].DB, all[10].Key); err != nil {
		b.Fatal(err)
	}
	page, _, _ = b.Scan(9, cursor, nil, 1<<30)
	b.same(decode(b, page), all[11:])
	last := after(&all[len(all)-1])
	if page, more, _ := b.Scan(9, last, nil, 100); len(page) != 0 || more {
		b.Fatalf("%d bytes after the last entry, more %v", len(page), more)
	}
}

// scanFromHash: a cursor without a key begins at its hash, inclusive.
func scanFromHash(b *box) {
	all := b.fill(9, 30)
	for i, e := range all {
		hash := kv.HashKey(e.DB, e.Key)
		page, _, _ := b.Scan(9, replica.Cursor{DB: e.DB, Hash: hash}, nil, 1<<30)
		b.same(decode(b, page), all[i:])
		page, _, _ = b.Scan(9, replica.Cursor{DB: e.DB, Hash: hash + 1}, nil, 1<<30)
		b.same(decode(b, page), all[i+1:])
		page, _, _ = b.Scan(9, replica.Cursor{DB: e.DB, Hash: hash, Key: e.Key}, nil, 1<<30)
		b.same(decode(b, page), all[i+1:])
	}
}

func scanEmptyKey(b *box) {
	w := live(0, "", "the empty key is a key", 1)
	b.want(wire.Applied, w)
	hash := kv.HashKey(0, nil)
	page, _, _ := b.Scan(hash.Partition(), replica.Cursor{Hash: hash}, nil, 1)
	b.same(decode(b, page), []wire.Entry{{Head: w.Head}})
	page, _, _ = b.Scan(hash.Partition(), replica.Cursor{Hash: hash + 1}, nil, 1)
	b.same(decode(b, page), nil)
}
