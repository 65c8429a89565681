package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/hlc"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
)

// maxSuspects bounds the intervals; past it the two oldest become one.
const maxSuspects = 8

// partitionSet is one bit a partition.
type partitionSet [kv.Partitions / 64]uint64

func (s *partitionSet) has(p kv.Partition) bool { return s[p/64]>>(p%64)&1 == 1 }
func (s *partitionSet) add(p kv.Partition)      { s[p/64] |= 1 << (p % 64) }
func (s *partitionSet) remove(p kv.Partition)   { s[p/64] &^= 1 << (p % 64) }

func (s *partitionSet) empty() bool { return *s == partitionSet{} }

// interval is the versions that an unclean end left between settled-through and the
// ceiling: of those a copy may hold one that the others lack, and no note says so.
type interval struct {
	low, high uint64 // low < time <= high
	open      partitionSet
	changed   bool
}

// suspects are the intervals of all unclean ends that are not proved away yet.
type suspects struct{ list []interval }

// has tells that a version of the partition may be unsettled.
func (s *suspects) has(p kv.Partition, v kv.Version) bool {
	for i := range s.list {
		iv := &s.list[i]
		if iv.low < v.Time && v.Time <= iv.high && iv.open.has(p) {
			return true
		}
	}
	return false
}

// open tells that any version of the partition may be unsettled.
func (s *suspects) open(p kv.Partition) bool {
	for i := range s.list {
		if s.list[i].open.has(p) {
			return true
		}
	}
	return false
}

// since tells that all versions from low on, up to some, may be unsettled in the partition.
func (s *suspects) since(low uint64, p kv.Partition) bool {
	for i := range s.list {
		if s.list[i].low == low && s.list[i].open.has(p) {
			return true
		}
	}
	return false
}

func (s *suspects) restore(k, b []byte) bool {
	if len(k) != 8 || len(b) != 8+kv.Partitions/8 {
		return false
	}
	iv := interval{low: be.Uint64(k), high: le.Uint64(b)}
	for i := range iv.open {
		iv.open[i] = le.Uint64(b[8+8*i:])
	}
	s.list = append(s.list, iv)
	return true
}

// addSuspect journals a new interval, in which every partition is suspect.
func (c *Core) addSuspect(low, high uint64) {
	iv := interval{low: low, high: high}
	for i := range iv.open {
		iv.open[i] = ^uint64(0)
	}
	if list := c.suspect.list; len(list) >= maxSuspects {
		c.del(c.suspectKey(list[1].low))
		list[0].high = max(list[0].high, list[1].high)
		list[0].low = min(list[0].low, list[1].low)
		for i := range list[0].open {
			list[0].open[i] |= list[1].open[i]
		}
		c.putSuspect(&list[0])
		c.suspect.list = append(list[:1], list[2:]...)
	}
	c.suspect.list = append(c.suspect.list, iv)
	c.putSuspect(&iv)
}

// doubtAll makes every version up to high suspect, in place of the intervals that there were.
func (c *Core) doubtAll(high uint64) {
	for i := range c.suspect.list {
		c.del(c.suspectKey(c.suspect.list[i].low))
	}
	c.suspect.list = c.suspect.list[:0]
	c.addSuspect(0, high)
}

func (c *Core) suspectKey(low uint64) []byte {
	c.keyBuf = be.AppendUint64(append(c.keyBuf[:0], rowSuspect), low)
	return c.keyBuf
}

func (c *Core) putSuspect(iv *interval) {
	row := le.AppendUint64(c.rowBuf[:0], iv.high)
	for _, w := range iv.open {
		row = le.AppendUint64(row, w)
	}
	c.put(c.suspectKey(iv.low), row)
	iv.changed = false
}

// proveSuspects ends the partition's part of every interval that lies at or below the time at
// which the proof began. Copies that are equal may all lack what only the journal has: it is noted.
func (c *Core) proveSuspects(p kv.Partition, m *comparison) {
	if !planted.On(planted.SuspectsEndBare) {
		c.noteSuspects(p)
	}
	for i := range c.suspect.list {
		iv := &c.suspect.list[i]
		if iv.low == 0 && c.adopted.epoch != 0 && c.table.PartLen(p) > 0 {
			continue // an entry of an older journal may say less than the copies
		}
		if iv.open.has(p) {
			m.assertSynced()
			iv.open.remove(p)
			iv.changed = true
			c.journal.metaDirty = true
		}
	}
}

// saveSuspects writes what proofs have ended. It may lag: a partition that stays suspect on disk costs time only.
func (c *Core) saveSuspects() {
	kept := c.suspect.list[:0]
	for i := range c.suspect.list {
		iv := &c.suspect.list[i]
		switch {
		case iv.open.empty():
			c.del(c.suspectKey(iv.low))
			continue
		case iv.changed:
			c.putSuspect(iv)
		}
		kept = append(kept, *iv)
	}
	c.suspect.list = kept
}

// settledVersion tells that every copy holds the version or is durably noted or marked as owed it.
// Nothing is known of a version that another router stamped, but for those that an adoption took over: they
// are suspect until proved equal.
func (c *Core) settledVersion(p kv.Partition, v kv.Version) bool {
	if v.Router != c.cfg.Router && v.Time > c.adopted.time {
		return false
	}
	return v.Time <= c.settledThrough() && !c.suspect.has(p, v)
}

// unseen is the copies that may hold a version of an earlier life which o, that is to write what it computed, has not read. Were such a version
// shown before what o writes, o could not have written that: so the copies are owed it, and do not vouch for the key, before anybody has it.
func (c *Core) unseen(o *op) table.Copies {
	if o.kind == OpSet && o.blind() || !c.suspect.open(o.part) || planted.On(planted.ComputedUnnoted) {
		return 0
	}
	return c.allCopies() &^ o.answered
}

// noteFirst has the copies be owed o's record, durably, before it is sent.
func (c *Core) noteFirst(o *op, owed table.Copies) {
	c.open.enter(&c.ops, o)
	c.note(o, owed)
	c.await(o)
	o.phase = phaseNote
}

// unsent tells that an entry is of an operation that waits in noteFirst: nobody may be sent it either.
func (c *Core) unsent(e *table.Slot) bool {
	if !c.open.has(e.Hash) || planted.On(planted.UnsentPaid) {
		return false
	}
	key := c.table.Key(e)
	return nil != c.open.newest(&c.ops, e.Hash, func(w *op) bool {
		return w.phase == phaseNote && w.hash == e.Hash && w.db == e.DB && string(w.key) == string(key)
	})
}

func newClock(router uint16, last uint64) hlc.Clock { return hlc.New(router, last) }
