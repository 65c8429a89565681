package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// answerRead answers without a write of its own. What was found is settled first where it has to be.
func (c *Core) answerRead(o *op, seen bool) {
	switch {
	case o.kind == OpGet && seen:
		o.code = ReplyValue
	case o.kind == OpHead && seen:
		o.code = ReplyHead
	case o.kind == OpGet || o.kind == OpHead:
		o.code = ReplyNil
	}
	if o.kind < opRepair && o.found.Exists() && !c.settledVersion(o.part, o.found.Version) && c.overtaken(o) {
		c.startAgain(o) // though nothing is to be settled: copies may be owed the newer one
		return
	}
	open := c.uncovered(o)
	if open == 0 || o.kind == OpHead && planted.On(planted.HeadUnsettled) {
		c.finish(o)
		return
	}
	if o.kind < opRepair && (o.ended != c.ended[o.part] || c.overtaken(o)) {
		c.startAgain(o) // the note of a newer version may have ended or become a mark: one of this version would outlive it
		return
	}
	if o.found.Kind == kv.Live && o.fullHead != o.found {
		c.fetch(o)
		return
	}
	c.writeBack(o, open)
}

// writeBack settles what was found on the copies that lack it. A large value is sent in chunks, which a newer
// write of the key would overtake; the note for a copy that then goes would be taken for the newest version. So a read that
// writes one back holds the key's gate. One of any size waits for an operation that holds the gate: what that computes from may be
// older than what is written back.
func (c *Core) writeBack(o *op, open table.Copies) {
	if o.kind < opRepair && !o.gated {
		if o.found.Kind == kv.Live && len(o.rbuf) > wire.LargeValue {
			if c.enterGate(o) {
				c.startAgain(o)
			}
			return
		}
		if q := c.gates.queue[o.hash]; q.held {
			o.gen++
			c.queueAt(o, q, false)
			return
		}
	}
	o.val = o.rbuf
	if !c.reserve(o) {
		c.fail(o, fault.Busy)
		return
	}
	o.head, o.write, o.confirmed = o.found, false, o.holders()&^open
	o.val = nil
	if o.found.Kind == kv.Live {
		o.val = o.rbuf
	}
	o.corrected = open
	c.settle(o, open, 0)
}

// overtaken tells that a version of an earlier life, which the reading of o found and which is not settled, has a newer note. What that was
// computed from may have been read where the version is not: it can't be shown any more.
func (c *Core) overtaken(o *op) bool {
	if !c.earlier(o.found.Version) {
		return false
	}
	var slot table.Slot
	e := c.table.Find(o.db, o.hash, o.key, &slot)
	return e != nil && e.Head.Newer(o.found)
}

// earlier tells that a version was stamped by an earlier life of this router, or by another one.
func (c *Core) earlier(v kv.Version) bool { return !c.clock.Own(v) || v.Time <= c.began }

// uncovered is the copies for which nothing durable says that they hold o.found or are owed it.
func (c *Core) uncovered(o *op) table.Copies {
	if !o.found.Exists() || planted.On(planted.AnswerUnsettled) && o.kind < opRepair {
		return 0
	}
	var slot table.Slot
	entry := c.table.Find(o.db, o.hash, o.key, &slot)
	noted := table.Copies(0)
	if entry != nil && !o.found.Newer(entry.Head) {
		noted = entry.Owed
	}
	settled := c.settledVersion(o.part, o.found.Version)
	open := table.Copies(0)
	for i := range c.cfg.Geometry.Copies() {
		bit := table.Copies(1) << i
		answered := o.answered&bit != 0
		switch {
		case o.rotten&bit != 0:
			open |= bit
		case o.outgrows(entry, answered, bit) && !planted.On(planted.OlderNoteLeft):
			open |= bit
		case answered && o.heads[i] == o.found:
		case o.kind == opRepair && i > 0 && planted.On(planted.RepairOneWay):
		case o.kind == opRepair:
			if answered || !settled && noted&bit == 0 {
				open |= bit
			}
		case noted&bit != 0:
			if !settled { // the note may not be durable yet
				o.waitSeq = max(o.waitSeq, c.journal.seq)
			}
		case settled && !answered:
		case settled && c.serverOf(o.part, i).isDirty(o.part):
			c.jobs.want(o.part)
		default:
			open |= bit
		}
	}
	return open
}

// outgrows tells that a copy's note must not stay as it is: an older one left behind would be taken for the newest version once nobody
// else can be asked. Only a confirmation ends it, whatever the copy holds. On a copy that did not answer a newer note takes its place,
// even if the version is settled: a proof that all copies are equal says so, and raises no note.
func (o *op) outgrows(entry *table.Slot, answered bool, copy table.Copies) bool {
	switch {
	case entry == nil || entry.Owed&copy == 0:
		return false
	case o.kind == opRepair:
		return answered
	}
	return o.found.Newer(entry.Head)
}

// holders is the copies that answered with o.found.
func (o *op) holders() (held table.Copies) {
	for i := range o.heads {
		if (o.answered&^o.rotten)>>i&1 == 1 && o.heads[i] == o.found {
			held |= 1 << i
		}
	}
	return held
}

// outdated counts copies whose record is rotten, and no newer than the best, among those that answered: what
// they had is known, and that they have nothing newer.
func (o *op) outdated(best kv.Head) {
	for i := range o.heads {
		if o.rotten>>i&1 == 1 && !planted.On(planted.RottenUnused) && o.heads[i].Exists() && !o.heads[i].Newer(best) {
			o.answered |= 1 << i
		}
	}
}
