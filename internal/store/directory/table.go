package directory

import (
	"bytes"
	"math"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
)

const (
	firstBits = 2 // a new table has 4 buckets: most tables of a small store stay that small
	loadLimit = 2 // slots a bucket before the buckets are doubled

	// tagShift leaves the 32 bits of a hash below those that choose the partition.
	tagShift = 64 - 10 - 32

	// compactFrom is the number of bytes of removed keys below which compacting is not worth it.
	compactFrom = 4096
)

// ref is an index into slots, plus one; 0 is none.
type ref uint32

// slot is one record: 56 bytes, no pointer.
type slot struct {
	time     uint64
	expiry   int64
	checksum uint64
	lsn      uint64
	length   uint32
	tag      uint32 // 32 bits of the hash, below the partition's
	keyAt    uint32
	keyLen   uint32
	next     ref
	router   uint16
	kind     kv.Kind
	rotten   bool
}

func (s *slot) head() kv.Head {
	return kv.Head{
		Version: kv.Version{Time: s.time, Router: s.router},
		Expiry:  s.expiry, Checksum: s.checksum, Length: s.length, Kind: s.kind,
	}
}

func (s *slot) set(h kv.Head, lsn replica.LSN) {
	s.time, s.router = h.Version.Time, h.Version.Router
	s.expiry, s.checksum, s.length, s.kind = h.Expiry, h.Checksum, h.Length, h.Kind
	s.lsn, s.rotten = uint64(lsn), false
}

// table holds the records of one database in one partition.
type table struct {
	db      kv.DB
	bits    uint8 // 1<<bits buckets
	count   int
	buckets []ref
	slots   []slot
	free    ref // chain of slots to be used again
	keys    []byte
	dead    int // bytes in keys that no slot refers to
}

func newTable(db kv.DB) *table {
	return &table{db: db, bits: firstBits, buckets: make([]ref, 1<<firstBits)}
}

func tagOf(hash kv.Hash) uint32 { return uint32(hash >> tagShift) }

func (t *table) bucket(tag uint32) int { return int(tag >> (32 - t.bits)) }

func (t *table) at(r ref) *slot { return &t.slots[r-1] }

func (t *table) key(s *slot) []byte {
	end := s.keyAt + s.keyLen
	return t.keys[s.keyAt:end:end]
}

// compare orders a slot against a hash and key. Only slots whose 32 bits are the same need their
// whole hash, which is computed from the key.
func (t *table) compare(s *slot, hash kv.Hash, key []byte) int {
	if tag := tagOf(hash); s.tag != tag {
		if s.tag < tag {
			return -1
		}
		return 1
	}
	mine := t.key(s)
	switch h := kv.HashKey(t.db, mine); {
	case h < hash:
		return -1
	case h > hash:
		return 1
	}
	return bytes.Compare(mine, key)
}

func (t *table) find(hash kv.Hash, key []byte) *slot {
	tag := tagOf(hash)
	for r := t.buckets[t.bucket(tag)]; r != 0; {
		s := t.at(r)
		if s.tag == tag && bytes.Equal(t.key(s), key) {
			return s
		}
		if s.tag > tag {
			return nil
		}
		r = s.next
	}
	return nil
}

// link is the place that refers to the first slot of the bucket at or after hash and key.
func (t *table) link(hash kv.Hash, key []byte) *ref {
	at := &t.buckets[t.bucket(tagOf(hash))]
	for *at != 0 && t.compare(t.at(*at), hash, key) < 0 {
		at = &t.at(*at).next
	}
	return at
}

// insert adds a slot for a key that has none.
func (t *table) insert(hash kv.Hash, key []byte) *slot {
	if t.count >= loadLimit*len(t.buckets) {
		t.grow()
	}
	r := t.take()
	s := t.at(r)
	*s = slot{tag: tagOf(hash), keyLen: uint32(len(key)), keyAt: t.store(key)}
	at := t.link(hash, key)
	s.next, *at = *at, r
	t.count++
	return s
}

func (t *table) take() ref {
	if r := t.free; r != 0 {
		t.free = t.at(r).next
		return r
	}
	t.slots = append(t.slots, slot{})
	return ref(len(t.slots))
}

func (t *table) store(key []byte) uint32 {
	if t.dead > compactFrom && t.dead > len(t.keys)/2 && len(t.keys)+len(key) > cap(t.keys) {
		t.compact()
	}
	at := len(t.keys)
	if uint64(at)+uint64(len(key)) > math.MaxUint32 {
		panic("directory: more than 4 GiB of keys in one database of one partition")
	}
	t.keys = append(t.keys, key...)
	return uint32(at)
}

// grow doubles the buckets. A chain splits into two neighbours, and keeps its order.
func (t *table) grow() {
	old := t.buckets
	t.bits++
	t.buckets = make([]ref, 1<<t.bits)
	for _, r := range old {
		var tail *ref
		last := -1
		for r != 0 {
			s := t.at(r)
			if b := t.bucket(s.tag); b != last {
				if tail != nil {
					*tail = 0
				}
				last, tail = b, &t.buckets[b]
			}
			*tail = r
			tail = &s.next
			r = s.next
		}
	}
}

// compact copies the keys that are in use to a new slice.
func (t *table) compact() {
	keys := make([]byte, 0, 2*(len(t.keys)-t.dead))
	for _, r := range t.buckets {
		for r != 0 {
			s := t.at(r)
			at := len(keys)
			keys = append(keys, t.key(s)...)
			s.keyAt = uint32(at)
			r = s.next
		}
	}
	t.keys, t.dead = keys, 0
}

func (t *table) remove(hash kv.Hash, key []byte) (kv.Head, bool) {
	at := t.link(hash, key)
	r := *at
	if r == 0 || t.compare(t.at(r), hash, key) != 0 {
		return kv.Head{}, false
	}
	s := t.at(r)
	head := s.head()
	*at = s.next
	s.next, t.free = t.free, r
	t.dead += int(s.keyLen)
	t.count--
	return head, true
}
