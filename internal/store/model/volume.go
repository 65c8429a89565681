package model

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"sync/atomic"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store"
)

// Volume is a disk: what outlives the store that had it open.
type Volume struct {
	disk state
	open bool
}

// NewVolume is an empty volume whose store id will be id.
func NewVolume(id kv.ID) *Volume {
	v := &Volume{}
	v.Wipe(id)
	return v
}

// Wipe empties the volume; it becomes another one, with another store id. The volume must not be open.
func (v *Volume) Wipe(id kv.ID) {
	if v.open {
		panic("model: wipe of a volume in use")
	}
	v.disk = newState()
	v.disk.identity.Store = id
}

// Snapshot is a copy of what is durable now, the store id included: a backup, to be opened in the
// volume's place later.
func (v *Volume) Snapshot() *Volume { return &Volume{disk: v.disk.clone()} }

// Rotten tells that what the volume holds of a key is damaged.
func (v *Volume) Rotten(db kv.DB, key []byte) bool {
	r := v.disk.get(place{db, string(key)})
	return r.head.Exists() && !r.intact()
}

// Claimed tells that the volume has belonged to a server of a cluster.
func (v *Volume) Claimed() bool { return !v.disk.identity.Cluster.IsZero() }

// Head is what the volume holds of a key, durably; none if its value is damaged.
func (v *Volume) Head(db kv.DB, key []byte) kv.Head {
	if r := v.disk.get(place{db, string(key)}); r.head.Exists() && r.intact() {
		return r.head
	}
	return kv.Head{}
}

// Flushed is the flush version of a database that the volume holds, durably.
func (v *Volume) Flushed(db kv.DB) kv.Version { return v.disk.flushed[db] }

// Open opens the volume, or fails with store.ErrLocked.
func (v *Volume) Open() (*Store, error) {
	if v.open {
		return nil, fmt.Errorf("model: %w", store.ErrLocked)
	}
	v.open = true
	s := &Store{volume: v, now: v.disk.clone()}
	s.durable = s.now.lsn
	for _, part := range s.now.records {
		for at, r := range part {
			r.lsn = 0
			part[at] = r
			s.note(r.head.Version)
		}
	}
	s.countAll()
	return s, nil
}

var ids atomic.Uint64

// New opens an empty volume of its own. Store ids made here count up from 1 in a process;
// a test that needs the same ids every time makes its volumes with NewVolume.
func New() *Store {
	var id kv.ID
	binary.BigEndian.PutUint64(id[8:], ids.Add(1))
	s, err := NewVolume(id).Open()
	if err != nil {
		panic(err)
	}
	return s
}

// place is where a record belongs.
type place struct {
	db  kv.DB
	key string
}

func (at place) hash() kv.Hash { return kv.HashKey(at.db, []byte(at.key)) }

// record is never changed once stored, so that states may share values.
type record struct {
	head  kv.Head
	value []byte
	lsn   replica.LSN // of the batch that wrote it, 0 if it was there when the store was opened
}

// intact tells that the value is the one that the head was made for.
func (r record) intact() bool {
	return kv.Checksum(r.head.Kind, r.head.Expiry, r.value) == r.head.Checksum &&
		int(r.head.Length) == len(r.value)
}

// state is everything a volume holds.
type state struct {
	identity replica.Identity
	lsn      replica.LSN
	flushed  map[kv.DB]kv.Version
	records  map[kv.Partition]map[place]record
}

func newState() state {
	return state{flushed: map[kv.DB]kv.Version{}, records: map[kv.Partition]map[place]record{}}
}

func (s *state) get(at place) record { return s.records[at.hash().Partition()][at] }

func (s *state) put(at place, r record) {
	p := at.hash().Partition()
	if s.records[p] == nil {
		s.records[p] = map[place]record{}
	}
	s.records[p][at] = r
}

func (s *state) clone() state {
	c := *s
	c.flushed = maps.Clone(s.flushed)
	c.records = make(map[kv.Partition]map[place]record, len(s.records))
	for p, part := range s.records {
		c.records[p] = maps.Clone(part)
	}
	return c
}

// change is what one batch did to one record; a record that does not exist after it is taken out.
type change struct {
	lsn    replica.LSN
	place  place
	record record
	flush  bool // place.db was flushed at record.head.Version instead
}

func (s *state) do(c change) {
	s.lsn = max(s.lsn, c.lsn)
	switch {
	case c.flush:
		s.flushed[c.place.db] = c.record.head.Version
	case c.record.head.Exists():
		s.put(c.place, c.record)
	default:
		delete(s.records[c.place.hash().Partition()], c.place)
	}
}

// entry is a record with its place in the order of a listing.
type entry struct {
	hash kv.Hash
	place
	head kv.Head
}

// compare orders entries of one partition by database, hash and key.
func (e entry) compare(o entry) int {
	switch {
	case e.db != o.db:
		return int(e.db) - int(o.db)
	case e.hash < o.hash:
		return -1
	case e.hash > o.hash:
		return 1
	}
	return bytes.Compare([]byte(e.key), []byte(o.key))
}
