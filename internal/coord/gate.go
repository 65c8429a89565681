package coord

import "github.com/distributedstorage/ds/internal/kv"

// gates serialise read-modify-writes of a key: every write to a gated key, blind ones
// too, waits behind the one that holds the gate. Normally there are none. Two keys of
// equal hash share a gate, which costs time and nothing else.
type gates struct{ queue map[kv.Hash]gateQueue }

type gateQueue struct{ first, last opID } // those that wait

func (g *gates) init() { g.queue = map[kv.Hash]gateQueue{} }

// enter takes the gate for o, or queues it behind the holder.
func (c *Core) enterGate(o *op) bool {
	q, taken := c.gates.queue[o.hash]
	if !taken {
		c.gates.queue[o.hash] = gateQueue{noOp, noOp}
		o.gated = true
		return true
	}
	c.queueAt(o, q)
	return false
}

// waitGate queues a blind write if its key is gated.
func (c *Core) waitGate(o *op) bool {
	if len(c.gates.queue) == 0 {
		return false
	}
	q, taken := c.gates.queue[o.hash]
	if taken {
		c.queueAt(o, q)
	}
	return taken
}

func (c *Core) queueAt(o *op, q gateQueue) {
	o.phase, o.nextGate = phaseGate, noOp
	if q.last == noOp {
		q.first = o.id
	} else {
		c.ops.get(q.last).nextGate = o.id
	}
	q.last = o.id
	c.gates.queue[o.hash] = q
}

// leaveGate passes the gate on: blind writes that wait go at once, up to the next
// operation that needs the gate for itself.
func (c *Core) leaveGate(o *op) {
	if !o.gated {
		return
	}
	o.gated = false
	for {
		q := c.gates.queue[o.hash]
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
		if n.kind != OpSet || !n.blind() {
			n.gated = true
			c.startRead(n)
			return
		}
		c.startWrite(n)
	}
}
