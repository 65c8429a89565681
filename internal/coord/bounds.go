package coord

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/wire"
)

// laneExtra is the requests that go into a lane however full it is: a comparison, a probe, a listing of each, and every database's flush.
func (c *Core) laneExtra() int { return len(c.flushes) + 8 }

// AuditBounds tells the first budget that is exceeded: for tests. The table's takes time: see Uncollapsed.
func (c *Core) AuditBounds() error {
	for i := range c.servers {
		s := &c.servers[i]
		if n := s.lane.length(); n > c.cfg.LaneOperations+c.laneExtra() {
			return fmt.Errorf("server %d: %d requests in its lane, the limit is %d", i, n, c.cfg.LaneOperations)
		}
		if most := c.cfg.LaneBytes + wire.LargeValue + 1<<12*int64(c.laneExtra()); s.lane.bytes > most {
			return fmt.Errorf("server %d: %d bytes in its lane, the limit is %d", i, s.lane.bytes, c.cfg.LaneBytes)
		}
	}
	// Payments of each server, repairs of partitions that differ, at least one each, and what lists or compares each of those.
	repairs := len(c.servers)*c.cfg.RepairWindow + max(c.cfg.RepairWindow, maxJobs) + maxJobs
	if c.ops.live > c.cfg.MaxOperations+repairs {
		return fmt.Errorf("%d operations are under way, of clients there may be %d and of repairs %d", c.ops.live, c.cfg.MaxOperations, repairs)
	}
	if r := &c.room; r.used-r.handed > c.room.limit && c.ops.live > 1 {
		return c.auditRoom()
	}
	return nil
}

// auditRoom allows for one large value that is longer than all the room.
func (c *Core) auditRoom() (err error) {
	most := int64(0)
	c.ops.each(func(o *op) { most = max(most, o.charged) })
	if r := &c.room; r.used-r.handed > max(r.limit, most) {
		err = fmt.Errorf("%d bytes of large values are held, the limit is %d", r.used-r.handed, r.limit)
	}
	return err
}

// Uncollapsed is the partitions with entries that could collapse while the table is over its budget, and the steady milliseconds of
// this moment: for tests. None may stay so for longer than the steps of a pass and the time between two take.
func (c *Core) Uncollapsed() (at int64, parts []kv.Partition) {
	if c.table.Bytes() <= c.tableBudget() || c.failed {
		return c.time.steady, nil
	}
	for p := range kv.Partition(kv.Partitions) {
		if c.table.PartLen(p) > 0 && c.hasCollapsible(p) {
			parts = append(parts, p)
		}
	}
	return c.time.steady, parts
}

func (c *Core) hasCollapsible(p kv.Partition) bool {
	live := c.readyCopies(p)
	var slot table.Slot
	for e, at := c.table.Next(p, table.Cursor{}, &slot); e != nil; e, at = c.table.Next(p, at, &slot) {
		if c.collapses(e, live) {
			return true
		}
	}
	return false
}
