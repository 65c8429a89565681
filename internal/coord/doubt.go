package coord

import "math"

// doubt is that of a router which stood still for so long that its servers may have turned to a replacement. Until one
// of them has answered what was asked since, or began a session, nobody is served and nothing is acknowledged: what
// rests on this router's journal alone would be unknown to the other.
type doubt struct {
	on   bool
	beat uint64 // a heartbeat after this one proves, if it is answered
}

// doubtAfter begins the doubt if the pause was long enough for a server to have left.
func (c *Core) doubtAfter(pauseMillis int64) {
	if pauseMillis < c.cfg.AwayMillis || c.virgin() {
		return
	}
	c.doubt = doubt{on: true, beat: c.beats}
	for i := range c.servers {
		c.servers[i].beat = math.MinInt64 / 2 // at the next tick
	}
}

// trust ends the doubt: a server holds to this router.
func (c *Core) trust() {
	if c.doubt.on {
		c.doubt.on = false
		c.wake()
	}
}

// withheld tells that the operation may not be answered yet.
func (c *Core) withheld(o *op) bool {
	return o.waitSeq > c.journal.synced || c.doubt.on && o.kind < opRepair
}
