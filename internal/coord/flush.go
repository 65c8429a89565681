package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// flush is a database's entry in the flush table: its records at or below the version are
// absent everywhere, from the moment it is stamped. Answers that show it wait for its sync.
type flush struct {
	version kv.Version
	seq     uint64 // of the journal
}

// flushed tells that a record of the database with this version is absent.
func (c *Core) flushed(db kv.DB, v kv.Version) bool {
	f := c.flushes[db].version
	return !f.IsZero() && v.Compare(f) <= 0
}

// startFlush empties a database. It needs no server.
func (c *Core) startFlush(o *op) {
	v, ok := c.clock.Stamp(c.time.expiry)
	if !ok || c.failed {
		c.awaitCeiling(o)
		return
	}
	c.flushes[o.db].version = v
	c.put(c.numberedKey(rowFlush, uint16(o.db)), v.Append(c.rowBuf[:0]))
	c.dropFlushed(o.db)
	o.waitSeq, c.flushes[o.db].seq = c.journal.seq, c.journal.seq
	o.code = ReplyOK
	if planted.On(planted.FlushToldEarly) {
		c.tellFlush(o.db)
	}
	c.event(Event{Kind: EventFlush, DB: o.db, Version: v})
	c.finish(o)
}

// tellFlush sends a flush that is durable to every server that is up: before, a crash of the
// router could forget what some of them had carried out.
func (c *Core) tellFlush(db kv.DB) {
	if !c.flushes[db].durable(c.journal.synced) {
		return // another one has followed, and will be told when it is durable
	}
	for i := range c.servers {
		if s := &c.servers[i]; s.phase == sessionReady {
			c.sendFlush(s, db)
		}
	}
	c.refreshStates()
}

// durable tells that there was a flush, and that the journal has it.
func (f *flush) durable(synced uint64) bool {
	return !f.version.IsZero() && (f.seq <= synced || planted.On(planted.FlushToldEarly))
}

// dropFlushed ends the database's entries: their absence is on disk with the flush, in the
// same order.
func (c *Core) dropFlushed(db kv.DB) {
	var slot table.Slot
	for p := range kv.Partition(kv.Partitions) {
		for s, at := c.table.Next(p, table.Cursor{}, &slot); s != nil; s, at = c.table.Next(p, at, &slot) {
			if s.DB == db && !planted.On(planted.FlushMissesOwed) {
				c.dropEntry(s)
				c.tally.flushed++
			}
		}
	}
}

// sendFlush tells a server. It goes past the lane's limits: a session without it would not be in sync.
func (c *Core) sendFlush(s *server, db kv.DB) {
	c.frameOut = wire.Frame{Type: wire.Flush, DB: db, Version: c.flushes[db].version}
	c.send(s, &c.frameOut, ticketState{op: flushOp})
	s.flushOwed++
}

func (c *Core) flushReply(s *server, f *wire.Frame) {
	s.confirm(f.Sequence)
	s.flushOwed--
}
