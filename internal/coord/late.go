package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// expire judges the requests that are past the deadline, and the server by them.
func (c *Core) expire(s *server) {
	l := &s.lane
	for l.first < l.next && !planted.On(planted.PaceNeverEnds) {
		t := *l.at(l.first)
		if !t.done && c.time.steady-t.at < c.cfg.DeadlineMillis {
			break
		}
		ticket := l.first
		l.first++
		if t.done {
			continue
		}
		if t.timed() {
			t.late = true
			l.late++
		}
		l.overdue.push(ticket, t)
		c.release(s, ticket, &t, true)
	}
	c.giveUp(s)
	c.expireLarge(s)
	if s.pace.Tick(c.time.steady, l.late > 0) {
		c.paceChanged(s)
	}
}

// release lets operations go on without a server: past the deadline, or before it where others will do.
func (c *Core) release(s *server, ticket uint64, state *ticketState, expired bool) {
	t := *state
	if t.done || t.op < 0 {
		return
	}
	if o := c.ops.get(t.op); o.gen != t.gen {
		c.letGo(s, ticket)
	} else if expired || o.phase != phaseSettle || c.othersTake(o, t.copy) {
		c.opLate(o, int(t.copy), s, ticket)
	}
}

// othersTake tells that another copy has taken the record, or is about to.
func (c *Core) othersTake(o *op, copy uint8) bool {
	for i := range c.cfg.Geometry.Copies() {
		if i != int(copy) && (o.confirmed|o.waiting)>>i&1 == 1 && (o.confirmed>>i&1 == 1 || !c.serverOf(o.part, i).pace.Slow()) {
			return true
		}
	}
	return false
}

// opLate handles a copy that did not answer within the deadline. Writes let it go: it is owed now.
// Reads may still need it.
func (c *Core) opLate(o *op, copy int, s *server, ticket uint64) {
	if o.owner != 0 && o.charged > 0 && (o.phase == phaseFetch || o.owner < 0 && o.phase == phaseSettle) {
		c.goOnWithout(o, copy, s, ticket) // clients must not wait for its room, and another comparison, or lap, comes
		return
	}
	if o.patient(s) {
		c.freeEntry(o)
		c.takeBack(s, ticket)
		c.freeRoom(o)
		return
	}
	switch o.phase {
	case phaseSettle:
		if !planted.On(planted.LateReplySettles) {
			c.letGo(s, ticket)
		}
		c.copyLost(o, copy)
	case phaseRead, phaseFetch:
		o.late |= 1 << copy
		c.readOn(o)
	case phaseList:
		o.late |= 1 << copy
		if o.waiting == o.late&o.waiting && o.vouched&o.answered != 0 {
			o.waiting = 0
			o.gen++
			c.listed(o)
		}
	}
}

// patient tells that the operation is for the server's own sake: a payment to it, or a repair. It has
// nothing better to do than wait, and what it asked already must not be asked again and again. A write of its own is
// noted as a client's is.
func (o *op) patient(s *server) bool {
	return (o.owner < 0 || o.owner == ownerServer(s)) && !o.write
}

// freeEntry lets the other copies be paid what a payment is about that ends or is late. While it was under way the
// record stayed: now it may go if a copy was paid.
func (c *Core) freeEntry(o *op) {
	if o.owner <= 0 || o.freed {
		return
	}
	o.freed = true
	var slot table.Slot
	if e := c.table.Find(o.db, o.hash, o.key, &slot); e != nil {
		c.table.SetBusy(e, false)
		if !c.failed {
			c.shrink(e)
		}
	}
}

// giveUp ends the wait for answers that are late by so much that whoever waits is told. A payment
// goes on waiting: its window is all that a server that hangs is sent. Unless it has the key's gate: clients wait behind it.
func (c *Core) giveUp(s *server) {
	l := &s.lane.overdue
	for l.given < len(l.list) {
		t := l.list[l.given]
		if !t.done && c.time.steady-t.at < max(c.cfg.AwayMillis, c.cfg.DeadlineMillis) {
			return
		}
		l.given++
		switch {
		case t.done:
		case t.op == sweepOp:
			c.sweepMissed(s, t.gen)
		case t.op >= 0:
			c.giveUpOp(s, t.ticket, &t.ticketState)
		}
	}
}

func (c *Core) giveUpOp(s *server, ticket uint64, t *ticketState) {
	o := c.ops.get(t.op)
	if o.gen != t.gen {
		c.letGo(s, ticket)
		return
	}
	if o.owner == ownerServer(s) && !o.write && !o.gated {
		c.takeBack(s, ticket)
		return
	}
	c.goOnWithout(o, int(t.copy), s, ticket)
}

// goOnWithout ends the wait for a copy as if its server had gone.
func (c *Core) goOnWithout(o *op, copy int, s *server, ticket uint64) {
	c.letGo(s, ticket)
	if o.phase == phaseFetch {
		o.hung |= 1 << copy
	}
	c.opGone(o, copy)
}

// paceChanged carries out the detector's new verdict. Nothing waits any longer for a server that has become slow.
func (c *Core) paceChanged(s *server) {
	if !s.pace.Slow() {
		c.event(Event{Kind: EventServerKeepsUp, Server: s.number})
		return
	}
	c.event(Event{Kind: EventServerSlow, Server: s.number})
	for ticket, end := s.lane.first, s.lane.next; ticket < end; ticket++ {
		c.release(s, ticket, s.lane.at(ticket), false)
	}
	for i := len(s.lane.large.list) - 1; i >= 0; i-- {
		c.release(s, s.lane.large.list[i].ticket, &s.lane.large.list[i].ticketState, false)
	}
}

// probe sees to it that the recovery of a slow server that is asked for nothing else is noticed: by a write
// that must be synced, since a server whose disk hangs still answers heartbeats.
func (c *Core) probe(s *server) {
	if !s.pace.Slow() || s.lane.length() > 0 {
		return
	}
	c.frameOut = wire.Frame{Type: wire.Probe}
	c.send(s, &c.frameOut, ticketState{op: probeOp})
}

// up is the copies that can be sent a request, and those of them that are slow.
func (c *Core) up(p kv.Partition) (up, slow table.Copies) {
	for i := range c.cfg.Geometry.Copies() {
		s := c.serverOf(p, i)
		if !c.takes(s) {
			continue
		}
		up |= 1 << i
		if s.pace.Slow() {
			slow |= 1 << i
		}
	}
	return up, slow
}

// drop fails everything under way to a server whose session has ended.
func (c *Core) drop(s *server) {
	l := &s.lane
	large, late := l.large.list, l.overdue.list
	l.overdue = overdue{}
	for i := range late {
		c.dropTicket(s, &late[i].ticketState)
	}
	for t := l.first; t < l.next; t++ {
		c.dropTicket(s, l.at(t))
	}
	l.reset(l.next)
	c.dropLarge(large)
}

func (c *Core) dropTicket(s *server, state *ticketState) {
	t := *state
	if t.done {
		return
	}
	state.done = true
	if t.op == sweepOp {
		c.sweepGone(s, t.gen)
	}
	if t.op < 0 {
		return
	}
	if o := c.ops.get(t.op); o.gen == t.gen {
		c.opGone(o, int(t.copy))
	}
}

func (c *Core) opGone(o *op, copy int) {
	switch o.phase {
	case phaseSettle:
		c.copyLost(o, copy)
	case phaseRead, phaseFetch:
		c.readGone(o, copy)
	case phaseList:
		c.listGone(o, copy)
	}
}
