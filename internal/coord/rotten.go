package coord

import (
	"math"

	"github.com/distributedstorage/ds/internal/kv"
)

// A rotten record of which no copy is whole is answered as rotten until somebody writes the key: to say that there is none would be
// a lie. A copy that lacks it can't be made equal meanwhile, and stays behind.

// bury replaces a rotten record by a tombstone if its time is over: what it said matters to nobody any more, and it would keep copies
// from becoming equal for ever. It tells that it has gone on with o.
func (c *Core) bury(o *op) bool {
	newest, ok := c.rottenNewest(o)
	if !ok || newest.Kind != kv.Live || newest.LiveAt(c.time.expiry) || c.flushed(o.db, newest.Version) {
		return false
	}
	if !o.gated { // what follows writes: no other write may pass between the reading and it
		if c.enterGate(o) {
			c.startAgain(o)
		}
		return true
	}
	o.found = newest
	c.observeExpired(o, newest.Expiry)
	c.clock.Merge(newest.Version)
	o.lost = true
	c.writeRecord(o, kv.Tombstone, 0, nil)
	return true
}

// rottenNewest is the newest record of the key, if every copy has told what it has, and none has that record whole.
func (c *Core) rottenNewest(o *op) (newest kv.Head, ok bool) {
	whole := kv.Head{}
	for i := range c.cfg.Geometry.Copies() {
		switch rotten := o.rotten>>i&1 == 1; {
		case !rotten && o.answered>>i&1 == 0, rotten && !o.heads[i].Exists(): // one that can't be read at all tells nothing
			return kv.Head{}, false
		case rotten && o.heads[i].Newer(newest):
			newest = o.heads[i]
		case !rotten && o.heads[i].Newer(whole):
			whole = o.heads[i]
		}
	}
	return newest, newest.Newer(whole)
}

// spoils notes the version of a rotten record; of one that nobody could tell nothing is known to be newer.
func (o *op) spoils(h kv.Head) {
	if !h.Exists() {
		h.Version.Time = math.MaxUint64
	}
	if o.spoilt.Less(h.Version) {
		o.spoilt = h.Version
	}
}
