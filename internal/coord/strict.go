package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// strictness counts, by partition, the operations whose confirmations must be synced. While there is one,
// every write of the partition asks for a synced answer too: a relaxed one would overtake it, and if it then met
// its deadline, the note would be older than what was acknowledged.
type strictness struct{ parts [kv.Partitions]int32 }

func (s *strictness) enter(o *op) {
	if !o.strict {
		o.strict = true
		s.parts[o.part]++
	}
}

func (s *strictness) leave(o *op) {
	if o.strict {
		o.strict = false
		s.parts[o.part]--
	}
}

// relaxes tells that copies may confirm o's record before they have synced it: if the durability is
// relaxed, and no note hangs on the confirmation.
func (c *Core) relaxes(o *op, owed table.Copies) bool {
	if !c.cfg.Durability.Relaxed() {
		return false
	}
	var slot table.Slot
	if o.kind != opPay && owed == 0 && c.strict.parts[o.part] == 0 && c.table.Find(o.db, o.hash, o.key, &slot) == nil {
		return true
	}
	c.strict.enter(o)
	return false
}

// relaxesDigests tells that digests need not be synced: there is nothing that they could clear.
func (c *Core) relaxesDigests() bool {
	return c.cfg.Durability.Relaxed() && (len(c.suspect.list) == 0 && !c.anyMarks() || planted.On(planted.RelaxedEndsDoubt))
}

// owedStill tells that an entry no newer than what the copy holds is owed to it. Only a synced
// confirmation ends that note; so the note moves up to what was confirmed: an entry is
// the newest version that was acknowledged.
func (c *Core) owedStill(o *op, copy int, held kv.Head) bool {
	var slot table.Slot
	e := c.table.Find(o.db, o.hash, o.key, &slot)
	return e != nil && e.Owed>>copy&1 == 1 && !e.Head.Newer(held)
}

// synced is the copies that confirmed o's record from their disks.
func (o *op) synced() table.Copies { return o.confirmed &^ o.relaxed }

// answeredSynced notes whether what a copy said of o's key was synced.
func (o *op) answeredSynced(copy table.Copies, synced bool) {
	if synced {
		o.relaxed &^= copy
	} else {
		o.relaxed |= copy
	}
}

// take notes that a copy gave its digest.
func (m *comparison) take(copy int, d *wire.PartitionDigest, relaxed bool) {
	if m.answered == 0 {
		m.digest, m.differ = *d, false
	}
	m.differ = m.differ || *d != m.digest
	m.answered |= 1 << copy
	if relaxed {
		m.relaxed |= 1 << copy
	}
}
