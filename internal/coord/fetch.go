package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
)

// fetch reads o.found whole: from a copy that holds it, else from the journal.
func (c *Core) fetch(o *op) {
	if o.retries++; o.retries > maxRetries {
		c.fail(o, fault.Busy)
		return
	}
	if !c.waitRoom(o) {
		c.fetchNow(o)
	}
}

// fetchNow asks for o.found, for which there is room.
func (c *Core) fetchNow(o *op) {
	if i := c.holder(o); i >= 0 {
		o.phase, o.at, o.waiting = phaseFetch, c.time.steady, 1<<i
		o.gen++
		c.sendFetch(o, i, c.serverOf(o.part, i))
		return
	}
	var slot table.Slot
	entry := c.table.Find(o.db, o.hash, o.key, &slot)
	if entry != nil && entry.Record && entry.Head == o.found {
		c.readRow(o, entry)
		return
	}
	if o.basis == basisJournal {
		c.startAgain(o) // it was paid or replaced while o waited for room
		return
	}
	if c.holderIsFull(o) {
		c.fail(o, fault.Busy)
		return
	}
	c.cannotRead(o) // its only holder has just gone, or is rotten
}

// holder is a copy that answered with o.found and is not late with the whole record, a fast one if
// there is one, and one that vouches rather than one that is to be repaired; or -1.
func (c *Core) holder(o *op) int {
	up, slow := c.up(o.part)
	up &= o.holders() &^ o.late &^ o.hung
	if up&^slow != 0 {
		up &^= slow
	}
	if up&o.vouched != 0 {
		up &= o.vouched
	}
	return first(up)
}

// holderIsFull tells that a holder could be asked but for its full lane.
func (c *Core) holderIsFull(o *op) bool {
	full := o.holders() &^ o.late &^ o.hung
	for i := range c.cfg.Geometry.Copies() {
		if full>>i&1 == 1 && c.serverOf(o.part, i).phase == sessionReady {
			return true
		}
	}
	return false
}

// fetchOn goes on with the whole record, or asks another holder if the one that was asked is late.
func (c *Core) fetchOn(o *op) {
	switch {
	case o.waiting == 0 && o.hung != 0 && o.fullHead != o.found:
		c.fetch(o)
	case o.waiting == 0:
		c.fetched(o)
	case o.waiting&^o.late == 0 && c.holder(o) >= 0:
		o.gen++
		c.fetch(o)
	}
}

// fetched goes on after the whole record was asked for.
func (c *Core) fetched(o *op) {
	switch {
	case o.fullHead != o.found: // it changed, or its copy is gone
		o.lost = false
		c.startAgain(o)
	case o.lost:
		c.restampSurvivor(o)
	default:
		c.execute(o)
	}
}

// readRow asks the journal for the entry's value.
func (c *Core) readRow(o *op, entry *table.Slot) {
	if c.failed {
		c.fail(o, fault.Busy)
		return
	}
	o.phase = phaseRow
	o.gen++
	c.e.JournalReads = append(c.e.JournalReads, JournalRead{
		Token: uint64(o.gen)<<32 | uint64(uint32(o.id)),
		Key:   c.bytesToJournal(c.valueKey(entry)),
	})
}

func (c *Core) journalRow(in *Input) {
	o := c.ops.get(opID(uint32(in.Token)))
	if o.gen != uint32(in.Token>>32) || o.phase != phaseRow {
		return
	}
	if o.kind == opPay {
		c.payRow(o, in)
		return
	}
	var slot table.Slot
	entry := c.table.Find(o.db, o.hash, o.key, &slot)
	switch {
	case in.Found && kv.Checksum(o.found.Kind, o.found.Expiry, in.Bytes) == o.found.Checksum:
		o.rbuf, o.fullHead = keep(o.rbuf, in.Bytes, in.Shared), o.found
		c.execute(o)
	case in.Found && entry != nil && entry.Record && entry.Head == o.found:
		c.cannotRead(o) // the row is rotten, and no copy that answered has the record
	default:
		c.startAgain(o) // it was paid in the meantime
	}
}
