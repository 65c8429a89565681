package coord

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// gates serialise read-modify-writes of a key: every request for a gated key, blind writes and reads
// too, waits behind the one that holds the gate. So a client that does not wait for its answers finds
// what it wrote. So it is with values still being sent: their chunks are overtaken. Normally there are none. Two keys of equal hash share a gate, which costs time and nothing else.
type gates struct{ queue map[kv.Hash]gateQueue }

type gateQueue struct {
	first, last opID // those that wait
	held        bool
}

func (g *gates) init() { g.queue = map[kv.Hash]gateQueue{} }

// enterGate takes the gate for o, or queues it behind the holder.
func (c *Core) enterGate(o *op) bool {
	q, taken := c.gates.queue[o.hash]
	if planted.On(planted.GateOpen) {
		return true
	}
	if !taken {
		q = gateQueue{first: noOp, last: noOp}
	}
	if !q.held { // or o has just been let through
		q.held, o.gated = true, true
		c.gates.queue[o.hash] = q
		return true
	}
	c.queueAt(o, q, false)
	return false
}

// waitGate queues a blind write or a read if its key is gated.
func (c *Core) waitGate(o *op) bool {
	if len(c.gates.queue) == 0 || planted.On(planted.BlindPassesGate) && o.kind == OpSet {
		return false
	}
	q, taken := c.gates.queue[o.hash]
	if taken {
		c.queueAt(o, q, false)
	}
	return taken
}

// queueAt queues o, as the first or the last.
func (c *Core) queueAt(o *op, q gateQueue, first bool) {
	charged := o.charged > 0
	c.giveRoom(o) // who waits for a gate must not keep its holder from room
	o.phase, o.nextGate = phaseGate, noOp
	switch {
	case q.last == noOp:
		q.first, q.last = o.id, o.id
	case first:
		o.nextGate, q.first = q.first, o.id
	default:
		c.ops.get(q.last).nextGate, q.last = o.id, o.id
	}
	c.gates.queue[o.hash] = q
	if charged { // its holder may be the next in line
		c.admitLarge()
	}
}

// leaveGate passes the gate on: blind writes and reads that wait go at once, in order, up to the next
// operation that needs the gate for itself.
func (c *Core) leaveGate(o *op) {
	if !o.gated {
		return
	}
	o.gated = false
	q := c.gates.queue[o.hash]
	q.held = false
	c.gates.queue[o.hash] = q
	for {
		q, taken := c.gates.queue[o.hash]
		if !taken || q.held { // one of those that went had to stop, or has passed the gate on
			return
		}
		if q.first == noOp {
			delete(c.gates.queue, o.hash)
			return
		}
		n := c.ops.get(q.first)
		q.first = n.nextGate
		if q.first == noOp {
			q.last = noOp
		}
		c.gates.queue[o.hash] = q
		switch {
		case n.starves():
			c.holdGate(n)
			c.startRead(n)
			return
		case n.kind == OpGet || n.kind == OpHead:
			c.startRead(n)
		case n.kind == OpSet && n.blind():
			if n.large() {
				c.holdGate(n)
			}
			if n.write {
				c.stampAgain(n)
			} else {
				c.startWrite(n)
			}
		default:
			c.holdGate(n)
			c.startRead(n)
			return
		}
	}
}

// holdGate takes the gate of an operation that has to stop after it was let through, if nobody has it: what
// comes after it must not pass it.
func (c *Core) holdGate(o *op) {
	q, there := c.gates.queue[o.hash]
	if o.gated || there && q.held {
		return
	}
	if !there {
		q = gateQueue{first: noOp, last: noOp}
	}
	q.held, o.gated = true, true
	c.gates.queue[o.hash] = q
}

// overtakes tells that o, about to write a large value, waits for something else that was sent to the key's copies before: that goes another
// way. Were it lost there while o is confirmed, its note would be taken for the newest version.
func (c *Core) overtakes(o *op) bool {
	if len(o.val) <= wire.LargeValue || !c.open.has(o.hash) || planted.On(planted.LargeOvertakes) {
		return false
	}
	last := c.open.newest(&c.ops, o.hash, func(w *op) bool { return w != o && w.of(o) })
	if last == nil {
		return false // they are other keys'
	}
	o.lost = false // what was found is read again
	c.queueBehind(o, last)
	return true
}

// ownWriteUnderWay tells that the reading client has sent a write of the key which is not settled: a client that does not
// wait for its answers must not be shown the note of an older one.
func (c *Core) ownWriteUnderWay(o *op) bool {
	if !c.stamped.inited || o.conn == 0 {
		return false
	}
	for id := c.stamped.first; id != noOp; id = c.ops.get(id).next {
		if w := c.ops.get(id); w.conn == o.conn && w.hash == o.hash && w.db == o.db {
			return true
		}
	}
	return false
}
