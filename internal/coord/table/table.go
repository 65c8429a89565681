package table

import (
	"bytes"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// Copies is a set of the copies of a partition: bit i is copy i of ring.Geometry.Server.
type Copies uint8

// Slot is one entry. A pointer to it is valid until the next Insert or Remove.
type Slot struct {
	Hash   kv.Hash
	Head   kv.Head // the newest version that was acknowledged or is being settled
	keyAt  uint32
	keyLen uint32
	DB     kv.DB
	Owed   Copies // change it with SetOwed
	Held   Copies // confirmed Head or newer
	Record bool   // the journal holds the value
	Busy   bool   // a payment is under way
	used   bool
}

// Table holds the entries of all partitions. Per partition everything lies in three flat
// arenas without pointers, so that the collector never walks them and a collapse frees them whole.
type Table struct {
	parts [kv.Partitions]part
	count int
}

type part struct {
	index []int32 // open addressing by hash: slot number + 1, 0 = empty; length a power of two
	slots []Slot
	keys  []byte
	live  int
	dead  int // bytes of keys of removed entries
	owed  [ring.MaxCopies]uint32
}

// Len is the number of entries.
func (t *Table) Len() int { return t.count }

// PartLen is the number of entries of a partition.
func (t *Table) PartLen(p kv.Partition) int { return t.parts[p].live }

// Owed is the number of the partition's entries that the copy is owed.
func (t *Table) Owed(p kv.Partition, copy int) uint32 { return t.parts[p].owed[copy] }

// Find is the entry of a key, or nil.
func (t *Table) Find(db kv.DB, hash kv.Hash, key []byte) *Slot {
	if t.count == 0 {
		return nil
	}
	pt := &t.parts[hash.Partition()]
	if pt.live == 0 {
		return nil
	}
	if i := pt.lookup(db, hash, key); i >= 0 {
		return &pt.slots[pt.index[i]-1]
	}
	return nil
}

// Insert adds an entry for a key that has none.
func (t *Table) Insert(db kv.DB, hash kv.Hash, key []byte) *Slot {
	pt := &t.parts[hash.Partition()]
	pt.makeRoom()
	pt.slots = append(pt.slots, Slot{
		Hash: hash, DB: db, used: true, keyAt: uint32(len(pt.keys)), keyLen: uint32(len(key)),
	})
	pt.keys = append(pt.keys, key...)
	pt.place(int32(len(pt.slots)))
	pt.live++
	t.count++
	return &pt.slots[len(pt.slots)-1]
}

// SetOwed replaces the copies that are owed the entry.
func (t *Table) SetOwed(s *Slot, owed Copies) {
	counts := &t.parts[s.Hash.Partition()].owed
	for i := range counts {
		bit := Copies(1) << i
		switch {
		case owed&bit != 0 && s.Owed&bit == 0:
			counts[i]++
		case owed&bit == 0 && s.Owed&bit != 0:
			counts[i]--
		}
	}
	s.Owed = owed
}

// Remove drops an entry.
func (t *Table) Remove(s *Slot) {
	t.SetOwed(s, 0)
	pt := &t.parts[s.Hash.Partition()]
	s.used = false
	pt.dead += int(s.keyLen)
	pt.live--
	t.count--
	if pt.live == 0 {
		*pt = part{}
	}
}

// Key is the entry's key; it is valid as long as the slot is.
func (t *Table) Key(s *Slot) []byte { return t.parts[s.Hash.Partition()].key(s) }

// Next is the first entry of the partition at or after position i, and the position
// behind it; nil at the end. Insert and Remove may move entries: a walk across them can
// miss or repeat some.
func (t *Table) Next(p kv.Partition, i int) (*Slot, int) {
	slots := t.parts[p].slots
	for ; i < len(slots); i++ {
		if slots[i].used {
			return &slots[i], i + 1
		}
	}
	return nil, i
}

func (pt *part) key(s *Slot) []byte { return pt.keys[s.keyAt : s.keyAt+s.keyLen] }

// lookup gives the index position of a key, or -1.
func (pt *part) lookup(db kv.DB, hash kv.Hash, key []byte) int {
	mask := len(pt.index) - 1
	for i := int(hash) & mask; pt.index[i] != 0; i = (i + 1) & mask {
		s := &pt.slots[pt.index[i]-1]
		if s.used && s.Hash == hash && s.DB == db && bytes.Equal(pt.key(s), key) {
			return i
		}
	}
	return -1
}

func (pt *part) place(number int32) {
	mask := len(pt.index) - 1
	i := int(pt.slots[number-1].Hash) & mask
	for pt.index[i] != 0 {
		i = (i + 1) & mask
	}
	pt.index[i] = number
}

// makeRoom keeps the index at most three quarters full, removed entries included, and
// squeezes those out whenever it rebuilds: the cost is that of the partition alone.
func (pt *part) makeRoom() {
	if 4*(len(pt.slots)+1) <= 3*len(pt.index) && pt.dead <= len(pt.keys)/2+4096 {
		return
	}
	size := 8
	for 4*(pt.live+1) > 2*size {
		size *= 2
	}
	slots := make([]Slot, 0, size*3/4)
	keys := make([]byte, 0, len(pt.keys)-pt.dead)
	for i := range pt.slots {
		if s := pt.slots[i]; s.used {
			key := pt.key(&s)
			s.keyAt = uint32(len(keys))
			keys = append(keys, key...)
			slots = append(slots, s)
		}
	}
	pt.slots, pt.keys, pt.dead = slots, keys, 0
	pt.index = make([]int32, size)
	for i := range pt.slots {
		pt.place(int32(i + 1))
	}
}
