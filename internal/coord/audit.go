package coord

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// ExpiryMillis is the Unix milliseconds by which expiries are judged, as of the latest step.
func (c *Core) ExpiryMillis() int64 { return c.time.expiry }

// Audit counts again what the core keeps count of, and tells the first count that drifted. It walks the
// whole table: for tests.
func (c *Core) Audit() error {
	owed := make([]uint64, len(c.servers))
	used, waiting, buffered, shrunk, total := int64(0), int64(0), uint64(0), uint64(0), uint64(0)
	kept, longest := int64(0), int64(0) // values of records that a live server holds too and that could go
	spare := int64(0)
	var slot table.Slot
	for p := range kv.Partition(kv.Partitions) {
		if c.table.Len() == 0 {
			break
		}
		if c.table.PartLen(p) == 0 {
			continue
		}
		live := c.readyCopies(p)
		for e, at := c.table.Next(p, table.Cursor{}, &slot); e != nil; e, at = c.table.Next(p, at, &slot) {
			used += entrySize(e, len(c.table.Key(e)))
			if e.Held == 0 {
				buffered++
				waiting += entrySize(e, len(c.table.Key(e)))
			}
			if e.Head.Kind == kv.Live && !e.Record {
				shrunk++
			}
			if e.Held != 0 && e.Record {
				spare += int64(e.Head.Length)
			}
			if e.Held&live != 0 && e.Record && !e.Busy { // of a payment under way the record stays
				kept += int64(e.Head.Length)
				longest = max(longest, int64(e.Head.Length))
			}
			if e.Owed == 0 || e.Owed&^c.allCopies() != 0 {
				return fmt.Errorf("the entry of %q is owed to copies %b", c.table.Key(e), e.Owed)
			}
			for copy := range c.cfg.Geometry.Copies() {
				if e.Owed>>copy&1 == 1 {
					owed[c.serverOf(p, copy).number]++
					total++
				}
			}
		}
	}
	for i := range c.servers {
		if s := &c.servers[i]; s.owed != owed[i] {
			return fmt.Errorf("server %d: owed %d, counted %d", i, s.owed, owed[i])
		}
	}
	c.assertCounts()
	if kept > c.cfg.JournalBudget+longest && !c.failed { // a failed journal can't let go of anything
		return fmt.Errorf("the journal keeps %d bytes of values that servers hold, the budget is %d", kept, c.cfg.JournalBudget)
	}
	if shrunk != c.shrunk || spare != c.spare {
		return fmt.Errorf("%d entries have shrunk and %d bytes could, counted %d and %d", c.shrunk, c.spare, shrunk, spare)
	}
	if used != c.journal.used || waiting != c.journal.buffered || buffered != c.buffered || total != c.owedTotal {
		return fmt.Errorf("journal %d bytes, buffered %d of %d bytes, owed %d; counted %d, %d of %d, %d",
			c.journal.used, c.buffered, c.journal.buffered, c.owedTotal, used, buffered, waiting, total)
	}
	return c.auditOperations()
}

// Epoch is the router's, adoptions included.
func (c *Core) Epoch() uint64 { return c.cfg.Epoch }

// JournalSequence is the highest sequence of the journal that servers may have been told of.
func (c *Core) JournalSequence() uint64 { return c.journal.durable.seq }

// Connected tells that the server has a session.
func (c *Core) Connected(n ring.Server) bool { return c.servers[n].phase == sessionReady }

// DirtyMarks is the number of partitions that the server is owed whole.
func (c *Core) DirtyMarks(n ring.Server) uint32 { return c.servers[n].dirtyCount }

// Away tells that the server has no session.
func (c *Core) Away(n ring.Server) bool { return c.servers[n].phase != sessionReady }

// Doubts tells that the router stood still, and serves nobody until a server has answered it since.
func (c *Core) Doubts() bool { return c.doubt.on }

// Slow tells that the server misses deadlines.
func (c *Core) Slow(n ring.Server) bool { return c.servers[n].pace.Slow() }

// Held is the copies that confirmed what is noted of a key.
func (c *Core) Held(db kv.DB, key []byte) table.Copies {
	var slot table.Slot
	if s := c.table.Find(db, kv.HashKey(db, key), key, &slot); s != nil {
		return s.Held
	}
	return 0
}

// Comparing tells that a comparison is under way: one that is asked for meanwhile does not begin.
func (c *Core) Comparing() bool { return c.sweep.active }

// Converged tells whether nothing is owed anywhere and all digests were proved equal.
func (c *Core) Converged() bool {
	ok, _ := c.converged()
	return ok
}

// ProvedAt is the Unix milliseconds at which everything was last proved equal, as DS CONVERGED tells; 0 = not since the start.
func (c *Core) ProvedAt() int64 {
	_, at := c.converged()
	return at
}

// Buffered is the bytes of the entries that no server has confirmed.
func (c *Core) Buffered() int64 { return c.journal.buffered }

// Reserved is the bytes that are kept free for writes under way which no server may take.
func (c *Core) Reserved() int64 { return c.journal.reserved }

// Idle tells what is still under way when nothing should be: for tests.
func (c *Core) Idle() error {
	switch {
	case c.ops.live != 0:
		return fmt.Errorf("%d operations are pending", c.ops.live)
	case !c.jobs.queued.empty():
		return fmt.Errorf("partitions wait for their repair")
	case c.jobs.active():
		return fmt.Errorf("a job is active")
	case c.open != (unsettled{}):
		return fmt.Errorf("a key counts writes that copies have yet to confirm, and there is none")
	}
	for i := range c.servers {
		if s := &c.servers[i]; s.flushOwed != 0 {
			return fmt.Errorf("server %d: %d flushes", i, s.flushOwed)
		}
	}
	return c.auditOperations()
}
