package directory

import (
	"slices"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
)

// Directory maps keys to heads, and keeps the digests and totals of what it holds. The zero value is
// empty. It is not safe for use by several goroutines.
//
// Invariants:
//  1. The tables of a partition are sorted by database, and none is empty.
//  2. The chain of a bucket is sorted by hash, then key; no later bucket has a lower hash.
//  3. digests[p] is the digest of the heads held in p, live their number of live ones, sum the sum of all digests.
type Directory struct {
	parts   [kv.Partitions][]*table
	digests [kv.Partitions]digest.Digest
	sum     uint64
	live    uint64
	highest kv.Version
}

// Entry is what the directory knows of a record.
type Entry struct {
	Head   kv.Head
	LSN    replica.LSN // of the batch that wrote it
	Rotten bool        // its value was found damaged
}

func (d *Directory) table(p kv.Partition, db kv.DB) *table {
	for _, t := range d.parts[p] {
		if t.db == db {
			return t
		}
	}
	return nil
}

// Get is the entry of a key; false if it has none.
func (d *Directory) Get(db kv.DB, hash kv.Hash, key []byte) (Entry, bool) {
	t := d.table(hash.Partition(), db)
	if t == nil {
		return Entry{}, false
	}
	s := t.find(hash, key)
	if s == nil {
		return Entry{}, false
	}
	return Entry{Head: s.head(), LSN: replica.LSN(s.lsn), Rotten: s.rotten}, true
}

// Put sets the head of a key, which is copied. The record is no longer rotten.
func (d *Directory) Put(db kv.DB, hash kv.Hash, key []byte, head kv.Head, lsn replica.LSN) {
	p := hash.Partition()
	t := d.table(p, db)
	if t == nil {
		t = d.addTable(p, db)
	}
	s := t.find(hash, key)
	if s == nil {
		s = t.insert(hash, key)
	} else {
		d.countOut(db, hash, s.head())
	}
	s.set(head, lsn)
	before := d.digests[p].Sum
	d.digests[p].Add(db, hash, head)
	d.sum += d.digests[p].Sum - before
	if head.Kind == kv.Live {
		d.live++
	}
	if d.highest.Less(head.Version) {
		d.highest = head.Version
	}
}

func (d *Directory) addTable(p kv.Partition, db kv.DB) *table {
	t := newTable(db)
	at, _ := slices.BinarySearchFunc(d.parts[p], db, func(t *table, db kv.DB) int { return int(t.db) - int(db) })
	d.parts[p] = slices.Insert(d.parts[p], at, t)
	return t
}

func (d *Directory) countOut(db kv.DB, hash kv.Hash, head kv.Head) {
	of := &d.digests[hash.Partition()]
	before := of.Sum
	of.Remove(db, hash, head)
	d.sum += of.Sum - before
	if head.Kind == kv.Live {
		d.live--
	}
}

// Remove takes a key out, and tells whether it was there. Keys that an Iterator gave stay valid
// until the next Put, also that of the removed entry.
func (d *Directory) Remove(db kv.DB, hash kv.Hash, key []byte) bool {
	p := hash.Partition()
	t := d.table(p, db)
	if t == nil {
		return false
	}
	head, ok := t.remove(hash, key)
	if !ok {
		return false
	}
	d.countOut(db, hash, head)
	if t.count == 0 {
		d.parts[p] = slices.DeleteFunc(d.parts[p], func(o *table) bool { return o == t })
	}
	return true
}

// Mark remembers whether a record is rotten; false if there is no such record.
func (d *Directory) Mark(db kv.DB, hash kv.Hash, key []byte, rotten bool) bool {
	if t := d.table(hash.Partition(), db); t != nil {
		if s := t.find(hash, key); s != nil {
			s.rotten = rotten
			return true
		}
	}
	return false
}

// Count is the number of records of a database in a partition.
func (d *Directory) Count(p kv.Partition, db kv.DB) int {
	if t := d.table(p, db); t != nil {
		return t.count
	}
	return 0
}

// Digest is the digest of a partition.
func (d *Directory) Digest(p kv.Partition) digest.Digest { return d.digests[p] }

// Sum is that of the digests of all partitions.
func (d *Directory) Sum() uint64 { return d.sum }

// Live is the number of live records.
func (d *Directory) Live() uint64 { return d.live }

// Highest is the highest version that was ever held.
func (d *Directory) Highest() kv.Version { return d.highest }
