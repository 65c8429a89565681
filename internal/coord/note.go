package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
)

// entrySize is what a slot costs of the budget.
func entrySize(s *table.Slot, keyLen int) int64 {
	size := int64(keyLen) + entryOverhead
	if s.Record {
		size += int64(s.Head.Length)
	}
	return size
}

// note writes down that the copies are owed o's record, with the record.
func (c *Core) note(o *op, owed table.Copies) {
	if c.failed {
		o.waitSeq = never
		return
	}
	o.noted |= owed
	if owed &^= c.haveNewer(o); owed == 0 {
		return
	}
	if planted.On(planted.DeleteDroppedEarly) && o.head.Kind == kv.Tombstone && o.confirmed != 0 {
		return
	}
	if planted.On(planted.MarkCovers) {
		if owed &^= c.dirtyCopies(o.part); owed == 0 {
			return
		}
	}
	if c.flushed(o.db, o.head.Version) {
		o.waitSeq = max(o.waitSeq, c.flushes[o.db].seq)
		return
	}
	var slot table.Slot
	s := c.table.Find(o.db, o.hash, o.key, &slot)
	switch {
	case s == nil:
		c.insertNote(o, nil, owed&^o.confirmed)
	case s.Head.Newer(o.head):
		// The newer entry covers this version on copies that confirmed it or are owed it; on one that
		// was sent the newer version and has not answered, nothing durable does yet.
		before := s.Owed
		if c.setOwed(s, s.Owed|owed&^(s.Held|o.confirmed)) {
			c.putEntry(s)
			c.tellOwed(s, before)
		}
	case s.Head == o.head:
		before := s.Owed
		if c.setOwed(s, s.Owed|owed&^o.confirmed) {
			c.holdsNoMore(s, owed&^o.confirmed&(o.answered|o.rotten))
			c.putEntry(s)
			c.tellOwed(s, before)
			c.keepAgain(o)
		}
	default:
		c.journal.used -= entrySize(s, len(o.key))
		c.count(s, -1)
		c.insertNote(o, s, s.Owed&^o.synced()|owed&^o.confirmed)
		c.ended[o.part] = c.journal.seq // until then a restart finds the older one
	}
	o.waitSeq = max(o.waitSeq, c.journal.seq)
}

// haveNewer is the copies that have confirmed a newer version of the key, by what is under way still, and so need not be owed what a read found: in the end the note
// would be taken for the newest version.
func (c *Core) haveNewer(o *op) (copies table.Copies) {
	if o.write || !c.open.has(o.hash) || planted.On(planted.WriteBackNoted) {
		return 0
	}
	for id := c.open.first(o.hash); id != noOp; {
		w := c.ops.get(id)
		if w != o && w.of(o) && w.head.Newer(o.head) {
			copies |= w.confirmed
		}
		id = w.openNext
	}
	return copies
}

// holdsNoMore forgets that copies confirmed an entry that they are owed now though they were asked: the record is rotten there, or gone, and nothing may
// rely on it.
func (c *Core) holdsNoMore(s *table.Slot, owed table.Copies) {
	if s.Held&owed == 0 {
		return
	}
	c.count(s, -1)
	c.table.SetHeld(s, s.Held&^owed)
	c.count(s, +1)
}

// insertNote makes the entry, or replaces the older one s.
func (c *Core) insertNote(o *op, s *table.Slot, owed table.Copies) {
	c.unreserve(o)
	held := o.synced()
	record := o.head.Kind == kv.Live && !planted.On(planted.RecordNotKept) && (held == 0 || c.journal.used < c.budget())
	had := s != nil && s.Record // of an older version
	if s == nil {
		s = &table.Slot{Hash: o.hash, DB: o.db, Head: o.head, Held: held, Record: record}
		c.table.Insert(s, o.key)
		c.tally.made++
	} else {
		c.table.SetHead(s, o.head)
		c.table.SetHeld(s, held)
		c.table.SetRecord(s, record)
	}
	c.journal.used += entrySize(s, len(o.key))
	c.setOwed(s, owed)
	c.count(s, +1)
	c.putEntry(s)
	switch {
	case s.Record:
		c.putValue(c.valueKey(s), o.val)
	case had:
		c.del(c.valueKey(s))
	}
	c.tellOwed(s, 0)
}

// tellOwed tells who is owed an entry now that was not before.
func (c *Core) tellOwed(s *table.Slot, before table.Copies) {
	p := s.Hash.Partition()
	for i := range c.cfg.Geometry.Copies() {
		if (s.Owed&^before)>>i&1 == 1 {
			c.event(Event{Kind: EventOwed, Server: c.serverOf(p, i).number, DB: s.DB, Partition: p})
		}
	}
	if s.Held == 0 && s.Owed == c.allCopies() {
		c.event(Event{Kind: EventBuffered, DB: s.DB, Partition: p})
	}
	c.conv.proved[p] = 0
}

// putEntry writes the slot's row, without its value.
func (c *Core) putEntry(s *table.Slot) {
	row := s.Head.Append(c.rowBuf[:0])
	row = append(row, byte(s.Owed), byte(s.Held), boolByte(s.Record))
	c.put(c.entryKey(s), row)
}

// setOwed changes who is owed an entry, with the counts that hang on it.
func (c *Core) setOwed(s *table.Slot, owed table.Copies) (changed bool) {
	if owed == s.Owed {
		return false
	}
	p := s.Hash.Partition()
	for i := range c.cfg.Geometry.Copies() {
		bit := table.Copies(1) << i
		srv := c.serverOf(p, i)
		switch {
		case owed&bit != 0 && s.Owed&bit == 0:
			srv.owed++
			srv.pay.again()
			c.owedTotal++
		case owed&bit == 0 && s.Owed&bit != 0:
			srv.owed--
			srv.pay.paid = true
			c.owedTotal--
		}
	}
	c.table.SetOwed(s, owed)
	return true
}

// count counts an entry in (+1) or out (-1) of the buffer, of those that have shrunk and of those that could.
func (c *Core) count(s *table.Slot, by int64) {
	if s.Held == 0 {
		c.buffered = uint64(int64(c.buffered) + by)
		c.journal.buffered += by * entrySize(s, len(c.table.Key(s)))
	}
	if s.Head.Kind == kv.Live && !s.Record {
		c.shrunk = uint64(int64(c.shrunk) + by)
	}
	if s.Held != 0 && s.Record {
		c.spare += by * int64(s.Head.Length)
	}
}

// confirmEntry takes a copy's synced confirmation, in its present session, of head h or a newer one.
func (c *Core) confirmEntry(db kv.DB, hash kv.Hash, key []byte, copy int, h kv.Head) (paid bool) {
	var slot table.Slot
	s := c.table.Find(db, hash, key, &slot)
	if s == nil || s.Head.Newer(h) && !planted.On(planted.NoteEndsOnOlder) || c.failed {
		return false
	}
	bit := table.Copies(1) << copy
	paid = s.Owed&bit != 0
	if s.Held&bit == 0 {
		c.count(s, -1)
		c.table.SetHeld(s, s.Held|bit)
		c.pass.again(hash.Partition())
		c.count(s, +1)
		c.shrink(s)
	}
	if !c.setOwed(s, s.Owed&^bit) {
		return paid
	}
	c.assertPaid(s, c.serverOf(hash.Partition(), copy))
	if !planted.On(planted.NoteEndsUnproved) {
		c.proveApplied(c.serverOf(hash.Partition(), copy))
	}
	if planted.On(planted.EntryDropped) && !s.Record && s.Head.Kind == kv.Live {
		c.dropEntry(s)
		return paid
	}
	if s.Owed == 0 {
		c.dropEntry(s)
		c.tally.paid++
	} else {
		c.putEntry(s)
	}
	return paid
}

// shrink lets go of the record of an entry that a live server holds, once the journal is past its budget. Of one that is away nobody
// knows whether its volume is still the same: establish sees to what it holds.
func (c *Core) shrink(s *table.Slot) {
	if !s.Record || s.Busy || c.journal.used < c.budget() || s.Held&c.readyCopies(s.Hash.Partition()) == 0 {
		return
	}
	c.journal.used -= int64(s.Head.Length)
	c.count(s, -1)
	c.table.SetRecord(s, false)
	c.count(s, +1)
	c.putEntry(s)
	c.del(c.valueKey(s))
}

// shrinkHeld lets go of the records that a server holds which has come back. While one is there nothing is kept past the budget, so
// that it is a restart, or a payment that was late while it was away, that has left some.
func (c *Core) shrinkHeld(s *server) {
	if c.spare <= c.budget() || c.failed {
		return
	}
	var slot table.Slot
	for p := range c.cfg.Geometry.Held(s.number, 0, kv.Partitions) {
		if c.table.PartHeld(p) == 0 {
			continue
		}
		for e, at := c.table.Next(p, table.Cursor{}, &slot); e != nil; e, at = c.table.Next(p, at, &slot) {
			c.shrink(e)
		}
	}
}

// keepAgain takes the record of an operation under way back into the journal, which let go of it for a holder that has lost it: no other
// copy need ever have confirmed it when the client is answered. What the operation has read since may be in the record's place.
func (c *Core) keepAgain(o *op) {
	var slot table.Slot
	s := c.table.Find(o.db, o.hash, o.key, &slot)
	if c.failed || s == nil || s.Head != o.head || s.Head.Kind != kv.Live || s.Record || s.Held != 0 {
		return
	}
	if kv.Checksum(o.head.Kind, o.head.Expiry, o.val) != o.head.Checksum {
		return
	}
	c.journal.used += int64(s.Head.Length)
	c.count(s, -1)
	c.table.SetRecord(s, true)
	c.count(s, +1)
	c.putEntry(s)
	c.putValue(c.valueKey(s), o.val)
}

// dropEntry ends an entry that is owed to nobody.
func (c *Core) dropEntry(s *table.Slot) {
	c.uncount(s)
	c.del(c.entryKey(s))
	if s.Record {
		c.del(c.valueKey(s))
	}
	c.ended[s.Hash.Partition()] = c.journal.seq
	c.table.Remove(s)
	c.sweep.soon = c.sweep.soon || c.table.Len() == 0
}

// uncount takes an entry that ends out of every count that it is in.
func (c *Core) uncount(s *table.Slot) {
	c.journal.used -= entrySize(s, len(c.table.Key(s)))
	c.count(s, -1)
	c.setOwed(s, 0)
}
