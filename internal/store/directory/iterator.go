package directory

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
)

// Iterator walks the entries of a partition in the order database, hash, key. A Put ends its
// validity. The current entry may be removed once Next has moved on.
type Iterator struct {
	tables []*table // the current one first
	bucket int
	at     ref
}

// Seek is an iterator that stands before the first entry after the cursor, or, if the cursor's
// key is empty, at or after its hash.
func (d *Directory) Seek(p kv.Partition, after replica.Cursor) Iterator {
	it := Iterator{tables: d.parts[p], bucket: -1}
	for len(it.tables) > 0 && it.tables[0].db < after.DB {
		it.tables = it.tables[1:]
	}
	if len(it.tables) == 0 || it.tables[0].db > after.DB {
		return it
	}
	switch from := after.Hash.Partition(); {
	case from > p:
		it.tables = it.tables[1:]
	case from == p:
		it.enter(after)
	}
	return it
}

// enter moves to the last entry of the first table that is not to be walked.
func (it *Iterator) enter(after replica.Cursor) {
	t := it.tables[0]
	it.bucket = t.bucket(tagOf(after.Hash))
	var last ref
	for r := t.buckets[it.bucket]; r != 0; r = t.at(r).next {
		c := t.compare(t.at(r), after.Hash, after.Key)
		if c > 0 || c == 0 && len(after.Key) == 0 {
			break
		}
		last = r
	}
	if last == 0 {
		it.bucket--
		return
	}
	it.at = last
}

// Next moves to the next entry; false if there is none.
func (it *Iterator) Next() bool {
	for len(it.tables) > 0 {
		t := it.tables[0]
		if it.at != 0 {
			it.at = t.at(it.at).next
		}
		for it.at == 0 && it.bucket+1 < len(t.buckets) {
			it.bucket++
			it.at = t.buckets[it.bucket]
		}
		if it.at != 0 {
			return true
		}
		it.tables, it.bucket = it.tables[1:], -1
	}
	return false
}

// DB is the database of the current entry.
func (it *Iterator) DB() kv.DB { return it.tables[0].db }

// Key is the key of the current entry, valid until the next Put.
func (it *Iterator) Key() []byte { return it.tables[0].key(it.tables[0].at(it.at)) }

// Head is the head of the current entry.
func (it *Iterator) Head() kv.Head { return it.tables[0].at(it.at).head() }
