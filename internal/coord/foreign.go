package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/planted"
)

// A version that another router stamped ahead of this one's clock turns up below the commands under way: their writes meet
// it and are stamped again, and what was read may be it although an earlier command of the same client is about to be put
// above it. The commands of a key must keep their order all the same.

// ahead follows the blind writes that met such a version.
type ahead struct {
	waiting int    // to be stamped again
	ended   uint64 // such waits, so far
}

// meets notes that o's write met such a version. If a later command has written the key, o's write is not stamped again: it
// would come out above that one. It counts as one that was overwritten at once.
func (c *Core) meets(o *op) {
	c.passNoted(o)
	if o.again {
		return
	}
	o.again = true
	if !o.write || o.kind != OpSet || !o.blind() {
		return
	}
	c.ahead.waiting++
	o.ahead = true
	o.outrun = o.outrun || c.lastStamped(o.next, o) != nil
}

// passNoted marks the writes of the key under way that are older than its note: the command that it is of came later. The note may
// end on the version that o met.
func (c *Core) passNoted(o *op) {
	var slot table.Slot
	e := c.table.Find(o.db, o.hash, o.key, &slot)
	if e == nil || !c.clock.Own(e.Head.Version) || !c.stamped.inited {
		return
	}
	for id := c.stamped.first; id != noOp; id = c.ops.get(id).next {
		if w := c.ops.get(id); w.of(o) && e.Head.Newer(w.head) {
			w.outrun = true
		}
	}
}

// leave ends what meets began.
func (a *ahead) leave(o *op) {
	if o.ahead {
		o.ahead = false
		if !planted.On(planted.AheadKept) {
			a.waiting--
		}
		a.ended++
	}
}

// outruns marks the earlier writes of the key that met such a version: o, which is later, is being stamped.
func (c *Core) outruns(o *op) {
	if c.ahead.waiting == 0 || !c.stamped.inited {
		return
	}
	for id := c.stamped.first; id != noOp; id = c.ops.get(id).next {
		if w := c.ops.get(id); w != o && w.ahead && w.of(o) {
			w.outrun = true
		}
	}
}

// stampAgain does what is left to do for a blind write that met such a version, once no copy is waited for. After a later write of
// the key, or a later flush, that is nothing. A command that holds the key's gate came later: whether it will write must be known
// first.
func (c *Core) stampAgain(o *op) {
	q, taken := c.gates.queue[o.hash]
	switch {
	case c.flushed(o.db, o.head.Version): // asked for since: what was read under it does not show o's write
		o.waitSeq = max(o.waitSeq, c.flushes[o.db].seq)
		c.finish(o)
	case o.outrun:
		c.finish(o)
	case taken && q.held && !o.gated:
		o.gen++
		c.queueAt(o, q, false)
	default:
		c.writeRecord(o, o.head.Kind, o.head.Expiry, o.val)
	}
}

// yields lets o, which has found such a version, wait for the writes of the key that were stamped below it, and read again:
// a client that sent one of them before must not be shown what it will have replaced.
func (c *Core) yields(o *op) bool {
	v := o.found.Version
	if o.kind >= opRepair || v.IsZero() || c.clock.Own(v) {
		return false
	}
	if o.aheadThen != c.ahead.ended {
		c.startAgain(o)
		return true
	}
	if !c.stamped.inited || c.stamped.first == noOp || c.ops.get(c.stamped.first).stamp >= v.Time {
		return false
	}
	w := c.lastStamped(c.stamped.first, o)
	if w == nil || w.head.Version.Time >= v.Time {
		return false
	}
	c.queueBehind(o, w)
	return true
}

// awaitSeen parks an answer that shows a version from above the durable ceiling until a higher one is durable: after a crash the clock
// would begin below what was seen, and a later command be stamped below it.
func (c *Core) awaitSeen(o *op) bool {
	if o.kind >= opRepair || o.kind == OpWhy || o.found.Version.Time <= c.clock.Ceiling() || planted.On(planted.ShownAboveCeiling) {
		return false
	}
	if c.failed {
		c.fail(o, fault.Busy)
		return true
	}
	c.writeMeta(c.clock.Next(c.time.expiry, ceilingRoomMillis), c.settledThrough())
	o.waitSeq = max(o.waitSeq, c.journal.metaSeq)
	c.await(o)
	return true
}

// lastStamped is the last write of o's key in the stamp list, from a place on; nil if there is none but o.
func (c *Core) lastStamped(from opID, o *op) (last *op) {
	for id := from; id != noOp; id = c.ops.get(id).next {
		if w := c.ops.get(id); w != o && w.of(o) {
			last = w
		}
	}
	return last
}

// of tells that two operations are about the same key.
func (o *op) of(other *op) bool {
	return o.hash == other.hash && o.db == other.db && string(o.key) == string(other.key)
}

// queueBehind queues o at its key's gate. If nobody but o holds that, w does from now on, and o is the next.
func (c *Core) queueBehind(o, w *op) {
	o.gen++
	o.waiting, o.late = 0, 0
	q, taken := c.gates.queue[o.hash]
	if !taken {
		q = gateQueue{first: noOp, last: noOp}
	}
	if q.held && !o.gated {
		c.queueAt(o, q, false)
		return
	}
	waits := w.phase == phaseGate // behind o, to be stamped again
	if waits {
		c.takeOut(w, &q)
	}
	q.held, w.gated = true, true
	first := o.gated
	o.gated = false
	c.queueAt(o, q, first)
	if waits {
		c.stampAgain(w)
	}
}

// takeOut takes an operation out of a queue in which it waits.
func (c *Core) takeOut(w *op, q *gateQueue) {
	before := noOp
	for id := q.first; id != w.id; id = c.ops.get(id).nextGate {
		before = id
	}
	if before == noOp {
		q.first = w.nextGate
	} else {
		c.ops.get(before).nextGate = w.nextGate
	}
	if q.last == w.id {
		q.last = before
	}
}
