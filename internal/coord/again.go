package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
)

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

// missed tells that a copy's server refused a write since the reading began. It may have been one of this key that was sent
// before: the copy's answer does not show it, and the entry that was made of it came too late for this reading, or has even ended
// as a mark.
func (c *Core) missed(o *op, entry *table.Slot, best kv.Head) bool {
	if o.refusals == c.refusals(o.part) {
		return false
	}
	if entry == nil {
		return o.ended != c.ended[o.part]
	}
	return entry.Head.Newer(best) && !o.floor.Newer(best)
}

// refusals is how many writes the servers of a partition have refused.
func (c *Core) refusals(p kv.Partition) (n uint64) {
	for i := range c.cfg.Geometry.Copies() {
		n += c.serverOf(p, i).refusals
	}
	return n
}
