package table

import (
	"github.com/distributedstorage/ds/internal/kv"
)

// Table holds the entries of all partitions, each in an arena of its own that a collapse frees whole.
type Table struct {
	parts [kv.Partitions]part
	count int
	bytes int64
}

// Cursor is a position in the walk over a partition.
type Cursor struct {
	at  uint32
	gen uint32
}

// Len is the number of entries.
func (t *Table) Len() int { return t.count }

// Bytes is the memory that the entries take.
func (t *Table) Bytes() int64 { return t.bytes }

// PartLen is the number of entries of a partition.
func (t *Table) PartLen(p kv.Partition) int { return t.parts[p].live }

// PartHeld is the number of the partition's entries that some copy confirmed.
func (t *Table) PartHeld(p kv.Partition) int { return t.parts[p].held }

// PartBytes is the memory that the entries of a partition take.
func (t *Table) PartBytes(p kv.Partition) int64 { return t.parts[p].bytes() }

// Owed is the number of the partition's entries that the copy is owed.
func (t *Table) Owed(p kv.Partition, copy int) uint32 { return t.parts[p].owed[copy] }

// Find unpacks the entry of a key into the slot, which it returns, or nil.
func (t *Table) Find(db kv.DB, hash kv.Hash, key []byte, into *Slot) *Slot {
	if t.count == 0 {
		return nil
	}
	pt := &t.parts[hash.Partition()]
	if pt.live == 0 {
		return nil
	}
	i := pt.lookup(db, hash, key)
	if i < 0 {
		return nil
	}
	into.unpack(pt.arena, pt.index[i], hash)
	into.gen = pt.gen
	return into
}

// Insert adds an entry for a key that has none: Hash, DB, Head, Held and Record are the slot's, nobody is owed it.
func (t *Table) Insert(s *Slot, key []byte) {
	pt := &t.parts[s.Hash.Partition()]
	before := pt.bytes()
	s.Owed, s.Busy = 0, false
	t.append(pt, s, key)
	pt.live++
	pt.held += one(s.Held)
	t.count++
	t.bytes += pt.bytes() - before
}

func one(c Copies) int {
	if c != 0 {
		return 1
	}
	return 0
}

func (t *Table) append(pt *part, s *Slot, key []byte) {
	pt.makeRoom(packedSize(len(key), s.Head.Expiry))
	s.at, s.gen = uint32(len(pt.arena)), pt.gen
	pt.arena = s.pack(pt.arena, key)
	s.key, _ = keyOf(pt.arena[s.at:])
	pt.place(s.at, s.Hash)
}

// of is the slot's partition. Entries that moved since the slot was unpacked would be written over.
func (t *Table) of(s *Slot) *part {
	pt := &t.parts[s.Hash.Partition()]
	if s.gen != pt.gen {
		panic("table: a slot is used after its partition's entries moved")
	}
	return pt
}

// SetHead replaces the entry's head.
func (t *Table) SetHead(s *Slot, h kv.Head) {
	pt := t.of(s)
	resized := (h.Expiry != 0) != (s.Head.Expiry != 0)
	key := s.key
	s.Head = h
	if !resized {
		s.pack(pt.arena[:s.at], key) // in its place: the length is the same
		return
	}
	before := pt.bytes()
	pt.displace(pt.lookup(s.DB, s.Hash, key))
	pt.bury(s.at)
	pt.live-- // until it is back: what is rebuilt meanwhile must not count it
	t.append(pt, s, key)
	pt.live++
	t.bytes += pt.bytes() - before
}

func (pt *part) bury(at uint32) {
	_, end := keyOf(pt.arena[at:])
	le.PutUint16(pt.arena[at+offState:], stateOf(pt.arena[at:])&^flagUsed)
	pt.dead += end
}

// store writes the slot's state to its entry.
func (t *Table) store(s *Slot) { le.PutUint16(t.of(s).arena[s.at+offState:], s.state()) }

// SetOwed replaces the copies that are owed the entry.
func (t *Table) SetOwed(s *Slot, owed Copies) {
	pt := t.of(s)
	for i := range pt.owed {
		bit := Copies(1) << i
		switch {
		case owed&bit != 0 && s.Owed&bit == 0:
			pt.owed[i]++
		case owed&bit == 0 && s.Owed&bit != 0:
			pt.owed[i]--
		}
	}
	s.Owed = owed
	t.store(s)
}

// SetHeld replaces the copies that confirmed the head.
func (t *Table) SetHeld(s *Slot, held Copies) {
	t.of(s).held += one(held) - one(s.Held)
	s.Held = held
	t.store(s)
}

// SetRecord tells whether the journal holds the value.
func (t *Table) SetRecord(s *Slot, record bool) {
	s.Record = record
	t.store(s)
}

// SetBusy tells whether a payment is under way.
func (t *Table) SetBusy(s *Slot, busy bool) {
	s.Busy = busy
	t.store(s)
}

// Remove drops an entry.
func (t *Table) Remove(s *Slot) {
	t.SetOwed(s, 0)
	pt := t.of(s)
	pt.displace(pt.lookup(s.DB, s.Hash, s.key))
	pt.bury(s.at)
	pt.live--
	pt.held -= one(s.Held)
	t.count--
	if pt.live == 0 {
		t.free(pt)
	}
}

// Drop frees a whole partition.
func (t *Table) Drop(p kv.Partition) {
	t.count -= t.parts[p].live
	t.free(&t.parts[p])
}

// Compact gives back the memory of the partition's removed entries.
func (t *Table) Compact(p kv.Partition) {
	pt := &t.parts[p]
	if pt.live == 0 {
		return // it has none
	}
	before := pt.bytes()
	pt.compact()
	t.bytes += pt.bytes() - before
}

func (t *Table) free(pt *part) {
	t.bytes -= pt.bytes()
	*pt = part{gen: pt.gen + 1}
}

// Key is the entry's key; it is valid until the next Insert, SetHead or Remove.
func (t *Table) Key(s *Slot) []byte { return s.key }

// Next unpacks the partition's first entry at or after the cursor into the slot, which it returns with the
// cursor behind it; nil at the end. If entries have moved since the cursor was given, the walk begins again: it
// can repeat some, never miss one that stays.
func (t *Table) Next(p kv.Partition, c Cursor, into *Slot) (*Slot, Cursor) {
	pt := &t.parts[p]
	if c.gen != pt.gen {
		c = Cursor{gen: pt.gen}
	}
	for int(c.at) < len(pt.arena) {
		at := c.at
		key, end := keyOf(pt.arena[at:])
		c.at += uint32(end)
		if stateOf(pt.arena[at:])&flagUsed != 0 {
			into.unpack(pt.arena, at, kv.HashKey(dbOf(pt.arena[at:]), key))
			into.gen = pt.gen
			return into, c
		}
	}
	return nil, c
}
