package coord

import "github.com/distributedstorage/ds/internal/fault"

// maxRetries bounds how often an operation starts over because its key kept changing
// under it from elsewhere.
const maxRetries = 16

// startAgain reads once more: what was found has changed meanwhile. A client's read that has begun so often that others starve it
// has the key for itself from then on.
func (c *Core) startAgain(o *op) {
	o.retries++
	switch {
	case o.retries > maxRetries:
		c.fail(o, fault.Busy)
	case o.starves() && !c.claimGate(o):
	default:
		c.startRead(o)
	}
}

// starves tells that a read of a client began again more often than chance explains: its key is written all the time.
func (o *op) starves() bool {
	return (o.kind == OpGet || o.kind == OpHead) && o.retries > maxRetries/2
}

// claimGate takes the gate for a read that came before all who wait for it, or makes it the next to have it.
func (c *Core) claimGate(o *op) bool {
	if c.holdGate(o); !o.gated {
		c.queueAt(o, c.gates.queue[o.hash], true)
	}
	return o.gated
}

// readAgain executes the operation again from its reading on.
func (c *Core) readAgain(o *op) {
	if o.write && !o.lost {
		o.own = o.head.Version
	}
	o.again, o.lost, o.write = false, false, false
	if o.retries++; o.retries > maxRetries {
		c.fail(o, fault.Busy)
		return
	}
	c.startRead(o)
}
