package coord

import (
	"math/bits"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// vouches tells that what the copy says of the key counts by itself: it is connected and owed
// neither the key nor its partition.
func (c *Core) vouches(s *server, p kv.Partition, copy int, entry *table.Slot) bool {
	return s.phase == sessionReady && (!s.isDirty(p) || planted.On(planted.DirtyVouches)) &&
		(entry == nil || entry.Owed>>copy&1 == 0 || planted.On(planted.OwedVouches))
}

// startRead asks every copy that is up: one that vouches for the whole record, the rest for its head. Slow ones
// are left out if another vouches.
// Whether a copy vouches counts as of now: it will answer with everything that was acknowledged
// before this moment, because its lane keeps the order.
func (c *Core) startRead(o *op) {
	o.phase, o.at, o.aheadThen = phaseRead, c.time.steady, c.ahead.ended
	o.gen++
	o.waiting, o.answered, o.vouched, o.late, o.relaxed, o.basis = 0, 0, 0, 0, 0, basisNone
	if o.charged == 0 { // else a large value was read already: it may still be the one
		o.fullHead = kv.Head{}
	}
	var slot table.Slot
	entry := c.table.Find(o.db, o.hash, o.key, &slot)
	o.floor, o.floorHeld, o.readFrom = kv.Head{}, 0, c.time.expiry
	o.refusals, o.ended = c.refusals(o.part), c.ended[o.part]
	if entry != nil {
		o.floor, o.floorHeld = entry.Head, entry.Held
		if planted.On(planted.OwedVouches) {
			o.floor = kv.Head{}
		}
	}
	if planted.On(planted.BusyWhilePaid) && entry != nil && entry.Busy && !entry.Record && (o.kind == OpGet || o.kind == OpHead) {
		c.fail(o, fault.Busy)
		return
	}
	up, slow := c.up(o.part)
	for i := range c.cfg.Geometry.Copies() {
		o.heads[i] = kv.Head{}
		if up>>i&1 == 1 && c.vouches(c.serverOf(o.part, i), o.part, i, entry) {
			o.vouched |= 1 << i
		}
	}
	if slow |= o.silent; !o.wantsEveryone() && o.vouched&^slow&^o.rotten != 0 {
		up &^= slow
		o.vouched &= up
	}
	o.asked, o.waiting = up, up
	if up == 0 {
		c.decide(o)
		return
	}
	full := o.fullFrom(slow)
	for i := range c.cfg.Geometry.Copies() {
		if up>>i&1 == 1 {
			code := wire.ReadHead
			if i == full && (o.wantsValue() || o.kind == opRepair) { // a repair will nearly always have to write it
				code = wire.ReadSmall
			}
			c.sendRead(o, i, c.serverOf(o.part, i), code)
		}
	}
}

// wantsEveryone tells that an answer is wanted of slow copies too.
func (o *op) wantsEveryone() bool { return o.everyone || o.kind == OpWhy || o.kind >= opRepair }

// fullFrom is the copy that is asked for the whole record: one that vouches, is fast, neither rotten nor
// hung, or the next best; -1 if there is none.
func (o *op) fullFrom(slow table.Copies) int {
	sound := o.asked &^ o.rotten
	for _, set := range [...]table.Copies{sound & o.vouched &^ slow &^ o.hung, sound & o.vouched &^ o.hung, sound} {
		if set != 0 {
			return first(set)
		}
	}
	return -1
}

// first is the lowest copy of a set, or -1.
func first(set table.Copies) int {
	if set == 0 {
		return -1
	}
	return bits.TrailingZeros8(uint8(set))
}

// wantsValue tells that the operation can't do with the head.
func (o *op) wantsValue() bool {
	switch o.kind {
	case OpHead, OpDel, OpWhy, opRepair:
		return false
	case OpSet:
		return o.flags&FlagGet != 0
	}
	return true
}

func (c *Core) readReply(o *op, copy int, s *server, f *wire.Frame) {
	bit := table.Copies(1) << copy
	o.waiting &^= bit
	o.late &^= bit
	o.answeredSynced(bit, !f.Relaxed)
	if planted.On(planted.RottenIsNone) && f.Code == wire.StatusRotten {
		f.Code = wire.StatusNone
	}
	switch f.Code {
	case wire.StatusOK:
		o.answered |= bit
		o.heads[copy] = f.Head
		if o.spoilt.Less(f.Head.Version) {
			o.rotten &^= bit // it was written since
		}
		if len(f.Value) > 0 || f.Head.Length == 0 {
			o.rbuf = keep(o.rbuf, f.Value, f.Own)
			o.fullHead = f.Head
		}
	case wire.StatusNone:
		o.answered |= bit
		o.heads[copy] = kv.Head{}
	default:
		o.rotten |= bit
		o.heads[copy] = f.Head // of a rotten record; a read error tells none
		o.spoils(f.Head)
		c.event(Event{Kind: EventRotten, Server: s.number, DB: o.db, Partition: o.part})
	}
	c.readOn(o)
}

func (c *Core) readGone(o *op, copy int) {
	bit := table.Copies(1) << copy
	o.waiting &^= bit
	o.late &^= bit
	c.readOn(o)
}

// readOn goes on when nobody is left to wait for, or when only late copies are and there is another way.
func (c *Core) readOn(o *op) {
	switch {
	case o.phase == phaseFetch:
		c.fetchOn(o)
	case o.waiting == 0:
		c.decide(o)
	case o.waiting&^o.late == 0 && (c.sufficient(o) || c.unasked(o)):
		o.waiting = 0
		o.gen++
		c.decide(o)
	}
}

// sufficient tells that the answers so far, or the journal, may speak for the key.
func (c *Core) sufficient(o *op) bool {
	if o.kind == OpWhy || o.vouched&o.answered != 0 {
		return true
	}
	var slot table.Slot
	entry := c.table.Find(o.db, o.hash, o.key, &slot)
	return entry != nil && !o.gated && c.entryAnswers(o, entry)
}

// unasked tells that a copy is up and was left out for being slow.
func (c *Core) unasked(o *op) bool {
	up, _ := c.up(o.part)
	return o.asked != 0 && !o.wantsEveryone() && up&^o.asked != 0
}

// best is the newest head that was answered, after the database's flush, and its copy.
func (c *Core) best(o *op) (kv.Head, int) {
	best, at := kv.Head{}, -1
	for i := range c.cfg.Geometry.Copies() {
		if o.answered>>i&1 == 0 {
			continue
		}
		if c.flushed(o.db, o.heads[i].Version) {
			o.heads[i] = kv.Head{}
		}
		if o.heads[i].Newer(best) && (!planted.On(planted.FirstNotNewest) || at < 0) {
			best, at = o.heads[i], i
		}
	}
	return best, at
}

// decide picks the newest record that may be answered, from the copies or the journal.
func (c *Core) decide(o *op) {
	if o.kind == OpWhy {
		c.finish(o)
		return
	}
	if c.unasked(o) && !c.sufficient(o) { // the last copies that answer are used, however slow they are
		o.everyone = true
		c.startAgain(o)
		return
	}
	best, _ := c.best(o)
	if best.Exists() {
		c.clock.Merge(best.Version)
		o.outdated(best)
	}
	if c.flushed(o.db, o.floor.Version) {
		o.floor = kv.Head{} // no copy need show it any more
	}
	var slot table.Slot
	entry := c.table.Find(o.db, o.hash, o.key, &slot)
	if entry != nil && o.kind >= opRepair && c.unsent(entry) {
		c.complete(o) // another comparison, or lap, comes
		return
	}
	if o.vouched&o.answered == 0 && c.unheard(o, entry) {
		switch {
		case o.gated || entry == nil && o.answered == 0:
			c.cannotRead(o) // what is computed must build on every write that was stamped before
			return
		case entry != nil && c.ownWriteUnderWay(o) && !planted.On(planted.OwnWriteUnseen):
			c.fail(o, fault.Busy)
			return
		}
	}
	if entry != nil && c.doubtful(o.part, entry.Head.Version) && o.vouched&o.answered == 0 && o.answered != c.allCopies() {
		c.cannotRead(o)
		return
	}
	switch {
	case o.floor.Newer(best) && (entry == nil || o.floor.Newer(entry.Head)):
		c.startAgain(o) // the entry ended meanwhile: copies that answered before it was paid say less than it said
		return
	case c.missed(o, entry, best):
		c.startAgain(o)
		return
	case entry == nil:
		if c.bury(o) {
			return
		}
		if o.vouched&o.answered == 0 && o.answered != c.allCopies() && !planted.On(planted.AnybodyAnswers) {
			c.cannotRead(o)
			return
		}
		o.found, o.basis = best, c.rests(o, entry)
	case entry.Head.Newer(best) && (o.vouched&o.answered == 0 || o.floor.Newer(best)):
		if !c.entryAnswers(o, entry) {
			c.withoutRecord(o, entry, best)
			return
		}
		o.found, o.basis = entry.Head, basisJournal
	default:
		// The entry as it was when the reading began is the newest version that was acknowledged by
		// then: nothing that can't be seen is newer than what was answered. A write that came after
		// the reading must not show in it: to its own client, which may not wait for answers, the
		// later command would have come first.
		o.found, o.basis = best, c.rests(o, entry)
	}
	c.have(o)
}

// rests tells what an answer of the copies rests on. In the absence of one that vouches, an entry's version that is not above
// theirs says that nothing newer was acknowledged.
func (c *Core) rests(o *op, entry *table.Slot) basis {
	switch {
	case o.vouched&o.answered != 0:
		return basisVouched
	case o.answered == c.allCopies():
		return basisAllCopies
	case entry != nil || o.floor.Exists():
		return basisVersion
	}
	return basisNone
}

// unheard tells that a copy has a session and did not answer: its lane was full, or it has just come back. It
// may have a write under way that the journal knows nothing of. One that told of a rotten record no newer than the entry has none.
func (c *Core) unheard(o *op, entry *table.Slot) bool {
	for i := range c.cfg.Geometry.Copies() {
		told := o.rotten>>i&1 == 1 && o.heads[i].Exists() && entry != nil && !o.heads[i].Newer(entry.Head)
		if o.answered>>i&1 == 0 && !told && c.serverOf(o.part, i).phase == sessionReady {
			return true
		}
	}
	return false
}

// cannotRead tells a client whether to come back: a copy may speak for the key once it can be asked, or the key is rotten,
// or a server has to come back first. A copy that was asked and did not answer is as good as away.
func (c *Core) cannotRead(o *op) {
	switch {
	case c.unaskable(o):
		c.fail(o, fault.Busy)
	case o.rotten != 0:
		c.fail(o, fault.Rotten)
	default:
		c.fail(o, fault.NoServer)
	}
}

// unaskable tells that a copy has a session and could not be asked: its lane was full, or it has just come back.
func (c *Core) unaskable(o *op) bool {
	for i := range c.cfg.Geometry.Copies() {
		if o.asked>>i&1 == 0 && c.serverOf(o.part, i).phase == sessionReady {
			return true
		}
	}
	return false
}

// entryAnswers tells that the journal can give the entry's record.
func (c *Core) entryAnswers(o *op, entry *table.Slot) bool {
	return entry.Record || entry.Head.Kind == kv.Tombstone
}

// withoutRecord handles an entry that is newer than every answer and has shrunk to its key
// and version.
func (c *Core) withoutRecord(o *op, entry *table.Slot, best kv.Head) {
	if o.answered != c.allCopies() || planted.On(planted.DebtStays) {
		c.cannotRead(o)
		return
	}
	if !o.gated { // what follows writes: no other write may pass between the reading and it
		if c.enterGate(o) {
			c.startAgain(o)
		}
		return
	}
	if entry.Head != o.floor || entry.Held&^o.floorHeld != 0 {
		c.startAgain(o) // it was written or paid meanwhile: who answered before that says nothing of it
		return
	}
	// All copies answered and none holds it. A note that can't be paid must block neither
	// reads nor other notes.
	if !entry.Head.LiveAt(c.time.expiry) && !planted.On(planted.ExpiredIsLost) {
		o.lost = true
		c.writeRecord(o, kv.Tombstone, 0, nil)
		return
	}
	c.event(Event{Kind: EventLost, DB: o.db, Partition: o.part, Version: entry.Head.Version})
	if !best.LiveAt(c.time.expiry) {
		o.lost = true
		c.writeRecord(o, kv.Tombstone, 0, nil)
		return
	}
	o.found, o.lost = best, true
	if o.fullHead == best {
		c.restampSurvivor(o)
		return
	}
	c.fetch(o)
}

func (c *Core) restampSurvivor(o *op) {
	c.writeRecord(o, kv.Live, o.found.Expiry, o.rbuf)
}

// have goes on with o.found chosen: the value if it is needed, then the answer.
func (c *Core) have(o *op) {
	if o.found.Kind == kv.Live && o.fullHead != o.found && (o.wantsValue() || c.uncovered(o) != 0) {
		c.fetch(o)
		return
	}
	c.execute(o)
}

// execute runs the operation on what was found.
func (c *Core) execute(o *op) {
	o.assertBasis()
	if o.found.Exists() && c.flushed(o.db, o.found.Version) {
		c.startAgain(o) // its database was flushed while the value was fetched
		return
	}
	if c.yields(o) {
		return
	}
	seen := o.found.LiveAt(c.time.expiry)
	if !seen && !o.gated && o.kind < opRepair && o.found.LiveAt(o.readFrom) {
		c.startAgain(o) // it ended while it was read: perhaps not before it was given more time
		return
	}
	if o.found.Kind == kv.Live && !seen {
		c.observeExpired(o, o.found.Expiry)
	}
	if f := &c.flushes[o.db]; f.seq > c.journal.synced {
		o.waitSeq = max(o.waitSeq, f.seq)
	}
	if o.found.Exists() && o.found.Version == o.own { // nobody can tell any more what was there before
		c.fail(o, fault.Unknown)
		return
	}
	if o.kind != OpGet && o.kind != OpHead && o.kind != opRepair && c.mutate(o, seen) {
		return
	}
	c.answerRead(o, seen)
}
