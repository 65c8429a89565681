package coord

import (
	"github.com/distributedstorage/ds/internal/wire"
)

// ticketState is one request under way to a server.
type ticketState struct {
	op    opID // or one of the special ones below
	gen   uint32
	copy  uint8
	typ   wire.Type
	done  bool
	bytes int32
	at    int64 // steady milliseconds
}

// Requests that belong to no operation.
const (
	sweepOp opID = -2
	flushOp opID = -3
)

// lane is the ring of increasing tickets of one session. A ticket that is not in the ring is
// late: its answer changes nothing, early correction will ask again.
type lane struct {
	ring   []ticketState
	first  uint64 // oldest ticket in the ring
	next   uint64 // to be given out
	judged uint64 // tickets below it have met their deadline or been answered
	bytes  int64
	seq    uint32 // of the latest frame
	limit  int
}

func (l *lane) reset(firstTicket uint64) {
	l.first, l.next, l.judged, l.bytes, l.seq = firstTicket, firstTicket, firstTicket, 0, 0
}

func (l *lane) at(ticket uint64) *ticketState { return &l.ring[ticket&uint64(len(l.ring)-1)] }

func (l *lane) full() bool { return int(l.next-l.first) >= l.limit }

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
	if ticket < l.first || ticket >= l.next {
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
	l.judged = max(l.judged, l.first)
	return got, true
}

// send appends a request to the server's lane.
func (c *Core) send(s *server, f *wire.Frame, t ticketState) {
	t.typ, t.at = f.Type, c.time.steady
	t.bytes = int32(wire.HeaderSize + len(f.Key) + len(f.Value))
	f.Ticket = s.lane.push(t)
	c.append(s, f)
}

// append puts a frame into the server's lane.
func (c *Core) append(s *server, f *wire.Frame) {
	out := &c.e.Lanes[s.number]
	if out.Link != s.link {
		out.Link, out.Buf = s.link, out.Buf[:0]
	}
	s.lane.seq++
	f.Seq = s.lane.seq
	out.Buf = wire.Append(out.Buf, f)
}

// takes tells that the server can be sent a request.
func (c *Core) takes(s *server) bool {
	return s.phase == sessionReady && !s.lane.full() && s.lane.bytes < c.cfg.LaneBytes
}

func (c *Core) sendApply(o *op, copy int, s *server) {
	c.frameOut = wire.Frame{Type: wire.Apply, DB: o.db, Head: o.head, Key: o.key, Value: o.val}
	c.send(s, &c.frameOut, ticketState{op: o.id, gen: o.gen, copy: uint8(copy)})
}

func (c *Core) sendRead(o *op, copy int, s *server, code uint8) {
	c.frameOut = wire.Frame{Type: wire.Read, Code: code, DB: o.db, Key: o.key}
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
		s.keys = uint64(f.Count)
	case wire.Goodbye:
		c.closeLink(s, "the server said goodbye")
	case wire.Refuse:
		c.event(Event{Kind: EventServerRefused, Server: s.number, N: int64(f.Code)})
		c.closeLink(s, "the server refused the session")
	case wire.ApplyReply, wire.ReadReply, wire.ListReply, wire.DigestReply, wire.FlushReply:
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
	if !ok {
		return
	}
	if t.typ+1 != f.Type {
		c.closeLink(s, "an answer has the wrong type")
		return
	}
	if f.Type == wire.ApplyReply {
		s.confirm(f.Sequence)
	}
	switch t.op {
	case sweepOp:
		c.sweepReply(s, t.gen, f)
		return
	case flushOp:
		c.flushReply(s, f)
		return
	}
	o := c.ops.get(t.op)
	if o.gen != t.gen {
		return
	}
	c.opAnswer(o, int(t.copy), s, f)
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

// expire judges the requests that are past the deadline.
func (c *Core) expire(s *server) {
	l := &s.lane
	for l.judged < l.next {
		t := *l.at(l.judged)
		if !t.done && c.time.steady-t.at < c.cfg.DeadlineMillis {
			return
		}
		ticket := l.judged
		l.judged++
		if t.done || t.op < 0 {
			continue
		}
		if o := c.ops.get(t.op); o.gen == t.gen {
			c.opLate(o, int(t.copy), s, ticket)
		} else {
			l.take(ticket)
		}
	}
}

// opLate handles a copy that did not answer within the deadline. Writes let it go: it is owed now.
// Reads may still need it.
func (c *Core) opLate(o *op, copy int, s *server, ticket uint64) {
	switch o.phase {
	case phaseSettle:
		s.lane.take(ticket)
		c.copyMissed(o, copy)
	case phaseRead:
		o.late |= 1 << copy
		if o.waiting == o.late&o.waiting && c.sufficient(o) {
			o.waiting = 0
			o.gen++
			c.decide(o)
		}
	}
}

// drop fails everything under way to a server whose session has ended.
func (c *Core) drop(s *server) {
	l := &s.lane
	for t := l.first; t < l.next; t++ {
		st := *l.at(t)
		if st.done {
			continue
		}
		l.at(t).done = true
		if st.op == sweepOp {
			c.sweepGone(s, st.gen)
		}
		if st.op < 0 {
			continue
		}
		if o := c.ops.get(st.op); o.gen == st.gen {
			c.opGone(o, int(st.copy))
		}
	}
	l.reset(l.next)
}

func (c *Core) opGone(o *op, copy int) {
	switch o.phase {
	case phaseSettle:
		c.copyMissed(o, copy)
	case phaseRead, phaseFetch:
		c.readGone(o, copy)
	case phaseList:
		c.listGone(o, copy)
	}
}
