package coord

import (
	"github.com/distributedstorage/ds/internal/planted"
	"math/bits"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/coord/throttle"
	"github.com/distributedstorage/ds/internal/kv"
)

// payBytes bounds the values that one server is being paid at a time.
const payBytes = 16 << 20

// effort is how many keys may be under repair. Payments and jobs share it: each server that is paid has an equal part,
// the jobs together have one. So one that hangs takes no more than its part, and blocks nobody else's.
type effort struct {
	throttle throttle.Throttle
	part     int
}

// tickEffort shares what clients leave.
func (c *Core) tickEffort() {
	parties, repairing := 0, false
	for i := range c.servers {
		s := &c.servers[i]
		if s.phase == sessionReady && s.owed > 0 {
			parties++
		}
		repairing = repairing || s.pay.active > 0
	}
	if c.jobs.active() {
		parties++
		repairing = true
	}
	c.effort.throttle.Tick(c.time.steady, repairing)
	c.effort.part = max(1, c.effort.throttle.Limit()/max(1, parties))
}

// payer walks the table for what one server is owed. Early correction is windowed and idle when nothing is owed.
type payer struct {
	part   kv.Partition
	at     table.Cursor
	active int
	bytes  int64
	wanted bool
	lapped bool  // the walk has come round; the next begins with a tick
	began  int64 // steady milliseconds of the lap
	pause  int64 // milliseconds from one lap to the next
	paid   bool  // some debt has ended in this lap
}

// A debt that can't be paid is tried again with every lap of the walk. After a lap that paid nothing the next one takes twice as
// long to come, between these bounds, in milliseconds; a new debt, or a server that has come back, ends the waiting.
const (
	lapMillis     = 100
	longLapMillis = 1600
)

// again has the next lap come soon.
func (p *payer) again() { p.pause = lapMillis }

// nextLap begins the walk again.
func (p *payer) nextLap(now int64) {
	p.pause = min(2*max(p.pause, lapMillis), longLapMillis)
	if p.paid {
		p.pause = lapMillis
	}
	p.lapped, p.paid, p.began = false, false, now
}

// Owners of repair operations: a server being paid, or a job.
func ownerServer(s *server) int32 { return int32(s.number) + 1 }
func ownerJob(j int) int32        { return -int32(j) - 1 }

// pump starts payments to a server, as many as its window takes. It goes on where it stopped, up to
// the table's end.
func (c *Core) pump(s *server) {
	p := &s.pay
	p.wanted = false
	if c.failed {
		return
	}
	var slot table.Slot
	for !p.lapped {
		hangs := s.pace.Slow() && s.lane.late > 0 // it is not sent more until it answered
		if s.owed == 0 || hangs || !c.takes(s) || p.active >= c.effort.part || p.bytes >= payBytes {
			return
		}
		entry := c.nextOwed(s, &slot)
		if entry == nil {
			p.part, p.at = (p.part+1)%kv.Partitions, table.Cursor{}
			p.lapped = p.part == 0
			continue
		}
		c.pay(s, entry)
	}
}

// tickPump begins the walk again, if it has come round.
func (c *Core) tickPump(s *server) {
	if p := &s.pay; p.lapped && c.time.steady-p.began >= p.pause && !planted.On(planted.PaymentStops) {
		p.nextLap(c.time.steady)
	}
	c.pump(s)
}

// nextOwed is the next entry of the walk's partition that the server is owed and that nobody is paying.
func (c *Core) nextOwed(s *server, into *table.Slot) *table.Slot {
	p := &s.pay
	copy := c.cfg.Geometry.Copy(p.part, s.number)
	if copy < 0 || c.table.Owed(p.part, copy) == 0 {
		return nil
	}
	for {
		var e *table.Slot
		if e, p.at = c.table.Next(p.part, p.at, into); e == nil {
			return nil
		}
		if e.Owed>>copy&1 == 1 && !e.Busy && !c.unsent(e) {
			return e
		}
	}
}

// pay writes an entry's record to the copies that are owed it: from the journal, else from another server.
func (c *Core) pay(s *server, e *table.Slot) {
	c.table.SetBusy(e, true)
	o := c.repairOp(opPay, e.DB, e.Hash, c.table.Key(e), ownerServer(s))
	o.found, o.head = e.Head, e.Head
	if planted.On(planted.PayOlder) {
		o.head.Version.Time--
	}
	o.paid = e.Head.Length
	s.pay.active++
	s.pay.bytes += int64(e.Head.Length)
	switch {
	case e.Head.Kind == kv.Tombstone:
		c.payCopies(o, e)
	case e.Record:
		if !c.waitRoom(o) {
			c.readRow(o, e)
		}
	default:
		o.kind = opRepair
		c.startRead(o)
	}
}

func (c *Core) repairOp(kind Op, db kv.DB, hash kv.Hash, key []byte, owner int32) *op {
	o := c.ops.alloc()
	o.kind, o.db, o.hash, o.part, o.owner = kind, db, hash, hash.Partition(), owner
	o.key = append(o.key[:0], key...)
	return o
}

func (c *Core) payRow(o *op, in *Input) {
	var slot table.Slot
	e := c.table.Find(o.db, o.hash, o.key, &slot)
	if e == nil || e.Head != o.head || !in.Found {
		c.complete(o) // a newer write has come, or another confirmation
		return
	}
	if kv.Checksum(o.head.Kind, o.head.Expiry, in.Bytes) != o.head.Checksum {
		c.event(Event{Kind: EventRotten, DB: o.db, Partition: o.part, N: -1})
		c.count(e, -1)
		c.journal.used -= int64(e.Head.Length)
		c.table.SetRecord(e, false) // another server may still have it
		c.count(e, +1)
		c.putEntry(e)
		if !planted.On(planted.RottenRowStays) {
			c.del(c.valueKey(e))
		}
		c.complete(o)
		return
	}
	o.tmp = keep(o.tmp, in.Bytes, in.Shared)
	o.val = o.tmp
	c.payCopies(o, e)
	for i := range c.cfg.Geometry.Copies() {
		if planted.On(planted.NoteEndsUnconfirmed) && o.waiting>>i&1 == 1 {
			c.confirmEntry(o.db, o.hash, o.key, i, o.head)
		}
	}
}

func (c *Core) payCopies(o *op, e *table.Slot) {
	up, slow := c.up(o.part)
	own := table.Copies(1) << c.cfg.Geometry.Copy(o.part, c.servers[o.owner-1].number)
	c.settle(o, e.Owed&up&(own|^slow), 0) // nothing that is paid to another waits for a slow one
}

// repaired ends a repair of one key.
func (c *Core) repaired(o *op) {
	c.freeEntry(o)
	if o.owner > 0 {
		s := &c.servers[o.owner-1]
		s.pay.active--
		s.pay.bytes = max(0, s.pay.bytes-int64(o.paid))
		s.pay.wanted = true
		return
	}
	if o.owner < 0 {
		c.jobs.list[-o.owner-1].outstanding--
		c.jobs.wanted = true
	}
}

func bitCount(s table.Copies) int { return bits.OnesCount8(uint8(s)) }
