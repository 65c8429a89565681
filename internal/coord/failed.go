package coord

import (
	"math"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
)

// The journal has failed: nobody knows what is on its disk. From then on, until a new core is started from
// what the journal is found to hold:
//
//   - nothing is stamped or journaled, so that writes are refused (BUSY: nothing was done); those under way
//     are answered UNKNOWN, unless every copy confirms them;
//   - the table stays as it is. A confirmation that would have ended a note does not count;
//   - reads that need no note, no mark and no row of the journal are answered;
//   - no session begins, nobody is paid, nothing is compared or repaired.

// never is a journal sequence that will not be synced.
const never = math.MaxUint64

// journalFailed ends everything that waits for the journal.
func (c *Core) journalFailed() {
	if c.failed {
		return
	}
	c.journal.saved = c.settledThrough()
	c.failed = true
	c.event(Event{Kind: EventJournalFailed})
	j := &c.journal
	for ; j.count > 0; j.count-- {
		o := c.ops.get(j.waiting[j.head])
		j.head = (j.head + 1) % len(j.waiting)
		if o.kind == OpFlush && o.phase == phaseJournal {
			c.fail(o, fault.Unknown) // its row may be on the disk
			continue
		}
		c.fail(o, fault.Busy)
	}
	c.ops.each(func(o *op) {
		if o.phase == phaseRow {
			c.fail(o, fault.Busy)
		}
	})
	for i := range c.servers {
		if s := &c.servers[i]; s.phase != sessionReady {
			c.closeLink(s, "the journal failed before the session stood")
		}
	}
	c.tickConvergence()
}

// withhold sees to it that an operation is not acknowledged if it met an entry, which stays though copies
// confirm what ends it: once no server can be asked, the entry would be taken for the newest version.
func (c *Core) withhold(o *op) {
	var slot table.Slot
	if c.failed && c.table.Find(o.db, o.hash, o.key, &slot) != nil {
		o.waitSeq = never
	}
}

// Legacy is what a core whose journal failed leaves to the next.
type Legacy struct {
	Handed int64 // bytes of large values that clients are still being given: the driver will tell when they are freed
	Asked  bool  // servers need not be asked who they are
}

// Retire answers all that clients still wait for. The core's journal has failed, another core takes its
// place, and this one is stepped no more.
func (c *Core) Retire(now Now, e *Effects) Legacy {
	if !c.failed {
		panic("coord: a core whose journal works is to be stopped, not retired")
	}
	c.begin(now, e)
	c.ops.each(func(o *op) {
		if o.phase == phaseIdle || o.kind >= opRepair {
			return
		}
		k := fault.NoJournal
		if o.sent {
			k = fault.Unknown
		}
		c.e.Replies = append(c.e.Replies, Reply{Code: ReplyFault, Fault: k, Conn: o.conn, Tag: o.tag})
		o.phase = phaseIdle
	})
	c.e = nil
	return Legacy{Handed: c.room.handed, Asked: !c.adoption.asking}
}

// Inherit takes over what Retire told. It comes before Start.
func (c *Core) Inherit(left Legacy) {
	c.room.used, c.room.handed = left.Handed, left.Handed
	c.adoption.asked = left.Asked
}

// budget is the bytes of keys and values past which entries shrink: none while the journal's disk is full.
func (c *Core) budget() int64 {
	if c.tight {
		return 0
	}
	return c.cfg.JournalBudget
}

// tableBudget is the bytes of memory past which partitions collapse: none while the journal's disk is full, for a
// mark takes less of it than the rows that it ends.
func (c *Core) tableBudget() int64 {
	if c.tight {
		return 0
	}
	return c.cfg.TableBudget
}
