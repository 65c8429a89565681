package coord

import (
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// ticketState is one request under way to a server.
type ticketState struct {
	op    opID // or one of the special ones below
	gen   uint32
	copy  uint8
	typ   wire.Type
	done  bool
	late  bool // past the deadline
	bytes int32
	at    int64 // steady milliseconds
}

// timed tells that the request has a deadline.
func (t *ticketState) timed() bool { return t.op >= 0 || t.op == probeOp }

// Requests that belong to no operation.
const (
	sweepOp opID = -2
	flushOp opID = -3
	probeOp opID = -4
)

// lane is the ring of increasing tickets of one session. A ticket that is neither in the ring nor overdue was
// let go: its answer changes nothing, early correction will ask again.
type lane struct {
	ring    []ticketState
	first   uint64 // oldest ticket in the ring
	next    uint64 // to be given out
	overdue overdue
	late    int // requests past their deadline, let go or not, that are still unanswered
	bytes   int64
	seq     uint32 // of the latest frame
	limit   int
	large   largeTickets
}

func (l *lane) reset(firstTicket uint64) {
	*l = lane{ring: l.ring, limit: l.limit, first: firstTicket, next: firstTicket, overdue: overdue{list: l.overdue.list[:0]}}
}

func (l *lane) at(ticket uint64) *ticketState { return &l.ring[ticket&uint64(len(l.ring)-1)] }

// length is the places that are taken: by what is not answered, and what was sent after the oldest of it that is not overdue.
func (l *lane) length() int { return int(l.next-l.first) + l.overdue.live }

func (l *lane) full() bool { return l.length() >= l.limit }

func (l *lane) grow() {
	old := l.ring
	l.ring = make([]ticketState, max(64, 2*len(old)))
	for t := l.first; t < l.next; t++ {
		*l.at(t) = old[t&uint64(len(old)-1)]
	}
}

func (l *lane) push(s ticketState) uint64 {
	if int(l.next-l.first) == len(l.ring) {
		l.grow()
	}
	t := l.next
	l.next++
	*l.at(t) = s
	l.bytes += int64(s.bytes)
	return t
}

// take ends a ticket and gives what it was, or false if it is late.
func (l *lane) take(ticket uint64) (ticketState, bool) {
	if ticket&largeTicket != 0 {
		return l.large.take(ticket)
	}
	if ticket < l.first {
		got, ok := l.overdue.take(ticket)
		l.bytes -= int64(got.bytes)
		return got, ok
	}
	if ticket >= l.next {
		return ticketState{}, false
	}
	s := l.at(ticket)
	if s.done {
		return ticketState{}, false
	}
	s.done = true
	got := *s
	l.bytes -= int64(got.bytes)
	for l.first < l.next && l.at(l.first).done {
		l.first++
	}
	return got, true
}

// letGo ends a ticket without its answer, which is still to come: until then it counts as late.
func (l *lane) letGo(ticket uint64) {
	l.large.abandon(ticket)
	if t, ok := l.take(ticket); ok && t.timed() && !t.late {
		l.late++
	}
}

// came takes an answer whose ticket was let go, or was late.
func (l *lane) came() { l.late = max(0, l.late-1) }

// send appends a request to the server's lane.
func (c *Core) send(s *server, f *wire.Frame, t ticketState) {
	t.typ, t.at = f.Type, c.time.steady
	t.bytes = int32(wire.HeaderSize + len(f.Key) + len(f.Value))
	f.Ticket = s.lane.push(t)
	c.append(s, f)
}

// append puts a frame into the server's lane.
func (c *Core) append(s *server, f *wire.Frame) {
	out := c.laneOf(s)
	s.lane.seq++
	f.Seq = s.lane.seq
	out.Buf = wire.Append(out.Buf, f)
}

// laneOf is what goes to the server in this step.
func (c *Core) laneOf(s *server) *Lane {
	out := &c.e.Lanes[s.number]
	if out.Link != s.link {
		out.Link, out.Buf, out.Heads, out.Large = s.link, out.Buf[:0], out.Heads[:0], out.Large[:0]
		out.Withdrawn = out.Withdrawn[:0]
	}
	return out
}

// takes tells that the server can be sent a request.
func (c *Core) takes(s *server) bool {
	return s.phase == sessionReady && !s.lane.full() && s.lane.bytes < c.cfg.LaneBytes
}

func (c *Core) sendApply(o *op, copy int, s *server, relaxed bool) {
	c.frameOut = wire.Frame{Type: wire.Apply, Relaxed: relaxed, DB: o.db, Head: o.head, Key: o.key, Value: o.val}
	t := ticketState{op: o.id, gen: o.gen, copy: uint8(copy)}
	if len(o.val) > wire.LargeValue {
		c.sendLarge(s, &c.frameOut, t)
	} else {
		c.send(s, &c.frameOut, t)
	}
}

func (c *Core) sendRead(o *op, copy int, s *server, code uint8) {
	c.frameOut = wire.Frame{Type: wire.Read, Code: code, Relaxed: c.cfg.Durability.Relaxed(), DB: o.db, Key: o.key}
	c.send(s, &c.frameOut, ticketState{op: o.id, gen: o.gen, copy: uint8(copy)})
}

// frame takes a frame of an established or beginning session.
func (c *Core) frame(in *Input) {
	i, known := c.links[in.Link]
	if !known {
		return // closing, or superseded: nothing of it counts any more
	}
	s := &c.servers[i]
	f := &c.frameIn
	if err := wire.Decode(in.Bytes, f); err != nil {
		c.closeLink(s, "a frame could not be decoded")
		return
	}
	s.heard = c.time.steady
	switch f.Type {
	case wire.Ready:
		c.ready(s, f)
	case wire.HeartbeatReply:
		if f.Ticket > c.doubt.beat {
			c.trust()
		}
		s.keys = uint64(f.Count)
	case wire.Goodbye:
		c.closeLink(s, "the server said goodbye")
	case wire.Refuse:
		c.event(Event{Kind: EventServerRefused, Server: s.number, N: int64(f.Code)})
		if f.Code == wire.StaleEpoch {
			c.halt(UnfitReplaced, s.number)
			return
		}
		c.closeLink(s, "the server refused the session")
	case wire.ApplyReply, wire.ReadReply, wire.ListReply, wire.DigestReply, wire.FlushReply, wire.ProbeReply:
		c.answer(s, f)
	default:
		c.closeLink(s, "a frame has a type that servers do not send")
	}
}

func (c *Core) answer(s *server, f *wire.Frame) {
	if s.phase != sessionReady {
		c.closeLink(s, "an answer came before the session was ready")
		return
	}
	t, ok := s.lane.take(f.Ticket)
	if !ok || t.late {
		s.lane.came()
	}
	if f.Type == wire.ApplyReply && f.Code == wire.Failed { // of whatever write: one that was let go tells no key
		s.refusals++
	}
	if !ok {
		if f.Ticket&largeTicket != 0 {
			s.lane.large.came(f.Type)
		}
		return
	}
	if !t.late && t.timed() {
		s.pace.Kept()
	}
	if t.typ+1 != f.Type {
		c.closeLink(s, "an answer has the wrong type")
		return
	}
	if f.Type == wire.ApplyReply || f.Type == wire.ProbeReply {
		s.confirm(f.Sequence)
	}
	switch t.op {
	case sweepOp:
		c.sweepReply(s, t.gen, f)
		return
	case flushOp:
		c.flushReply(s, f)
		return
	case probeOp:
		if s.lane.large.lost(t.at, c.cfg.AwayMillis) {
			c.closeLink(s, "a large value got lost")
		}
		return
	}
	o := c.ops.get(t.op)
	if o.gen != t.gen && !(planted.On(planted.LateReplySettles) && o.phase == phaseSettle && f.Type == wire.ApplyReply) {
		return
	}
	c.speaker = s
	c.opAnswer(o, int(t.copy), s, f)
	c.speaker = nil
}

func (c *Core) opAnswer(o *op, copy int, s *server, f *wire.Frame) {
	switch f.Type {
	case wire.ApplyReply:
		c.applyReply(o, copy, s, f)
	case wire.ReadReply:
		c.readReply(o, copy, s, f)
	case wire.ListReply:
		c.listReply(o, copy, f)
	case wire.DigestReply:
		c.checkReply(o, copy, f)
	}
}
