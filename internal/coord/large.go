package coord

import "github.com/distributedstorage/ds/internal/wire"

// largeTicket marks the tickets of requests with a large value, there or in the answer. They are not in the lane's ring: they stay
// under way longer than what is sent after them, and must not fill it.
const largeTicket uint64 = 1 << 63

// settleShift is what a server may take longer for each byte of a large value, as a power of two of bytes a
// millisecond: a disk that writes 16 MiB/s.
const settleShift = 14

// crawlShift is the slowest that a link may carry a large value while others wait for it, as a power of two of bytes a millisecond: half a
// MiB/s.
const crawlShift = 9

// largeTickets are the large writes and fetches under way to one server, oldest first: few, for each has many bytes.
type largeTickets struct {
	list   []largeState
	next   uint64 // ticket, without its mark
	pushed int64  // bytes of all so far

	gone   int   // writes that have left and were let go, and are not answered
	goneAt int64 // steady milliseconds when the latest of them left

	unread   int   // fetches that were let go, and are not answered
	unreadAt int64 // steady milliseconds when the latest of them was sent, or a chunk came
}

type largeState struct {
	ticketState
	ticket uint64
	began  int64 // steady milliseconds
	before int64 // bytes that had been answered or let go by then
	sent   bool  // the link has taken its last chunk; always so of a fetch
	let    bool  // it was let go before
}

func (l *largeTickets) push(t largeState) uint64 {
	t.ticket, t.began, t.before = l.next|largeTicket, t.at, l.pushed
	for i := range l.list {
		t.before -= int64(l.list[i].bytes)
	}
	l.pushed += int64(t.bytes)
	l.next++
	l.list = append(l.list, t)
	return t.ticket
}

func (l *largeTickets) find(ticket uint64) int {
	for i := range l.list {
		if l.list[i].ticket == ticket {
			return i
		}
	}
	return -1
}

// take ends a ticket and gives what it was, or false if it is late. One that has not left stays in the list,
// done: its bytes are still under way.
func (l *largeTickets) take(ticket uint64) (ticketState, bool) {
	i := l.find(ticket)
	if i < 0 || l.list[i].done {
		return ticketState{}, false
	}
	got := l.list[i].ticketState
	l.list[i].done = true
	l.forget(i)
	return got, true
}

// abandon notes that a ticket is let go.
func (l *largeTickets) abandon(ticket uint64) {
	i := l.find(ticket)
	switch {
	case i < 0 || l.list[i].done:
	case l.list[i].sent:
		l.leaves(i)
	default:
		l.list[i].let = true
	}
}

// leaves counts a request that was let go and has left.
func (l *largeTickets) leaves(i int) {
	switch t := &l.list[i]; t.typ {
	case wire.Apply:
		l.gone++
		l.goneAt = max(l.goneAt, t.at)
	case wire.Read:
		l.unread++
		l.unreadAt = max(l.unreadAt, t.at)
	}
}

// came takes the answer to a request that was let go.
func (l *largeTickets) came(answer wire.Type) {
	switch answer {
	case wire.ApplyReply:
		l.gone = max(0, l.gone-1)
	case wire.ReadReply:
		l.unread = max(0, l.unread-1)
	}
}

// lost tells that the link has lost a write, or the answer to a fetch: something that was sent after it, at the given time, was answered before it.
// Chunks have a sequence of their own, so that the loss of the last one shows in no other frame. Those of an answer may come
// behind other answers, but not with so many milliseconds between them.
func (l *largeTickets) lost(at, silence int64) bool {
	for i := range l.list {
		if t := &l.list[i]; t.sent && !t.done && t.typ == wire.Apply && t.at < at {
			return true
		}
	}
	return l.gone > 0 && l.goneAt < at || l.unread > 0 && at-l.unreadAt > silence
}

// forget drops an entry that is done and has left.
func (l *largeTickets) forget(i int) {
	if s := &l.list[i]; s.done && s.sent {
		l.list = append(l.list[:i], l.list[i+1:]...)
	}
}

// sendLarge appends a write whose value goes by reference, in chunks.
func (c *Core) sendLarge(s *server, f *wire.Frame, t ticketState) {
	value := f.Value
	t.typ, t.at = f.Type, c.time.steady
	t.bytes = int32(wire.HeaderSize + len(f.Key) + len(value))
	f.Ticket, f.Value = s.lane.large.push(largeState{ticketState: t}), nil
	out := c.laneOf(s)
	from := uint32(len(out.Heads))
	out.Heads = wire.AppendUnsealed(out.Heads, f)
	out.Large = append(out.Large, Large{Head: Range{from, uint32(len(out.Heads))}, Value: value})
}

// letGo ends a ticket without its answer. A large frame that has not begun to leave is withdrawn: who caused it is
// answered, so nothing would bound what waits in a link that is slow. The copy is owed it.
func (c *Core) letGo(s *server, ticket uint64) {
	s.lane.letGo(ticket)
	if ticket&largeTicket != 0 && s.lane.large.find(ticket) >= 0 {
		out := c.laneOf(s)
		out.Withdrawn = append(out.Withdrawn, ticket)
	}
}

// takeBack withdraws a late payment if it has not begun to leave. It waits for its server without end, but must not keep others
// from room for as long as a link carries nothing: it comes again with a later lap.
func (c *Core) takeBack(s *server, ticket uint64) {
	i := s.lane.large.find(ticket)
	if i < 0 {
		return
	}
	if t := &s.lane.large.list[i]; t.late && !t.sent {
		out := c.laneOf(s)
		out.Withdrawn = append(out.Withdrawn, ticket)
	}
}

// sendFetch asks for o.found whole. A large one has a ticket of the large ones: its answer comes in chunks.
func (c *Core) sendFetch(o *op, copy int, s *server) {
	if o.found.Length <= wire.LargeValue {
		c.sendRead(o, copy, s, wire.ReadFull)
		return
	}
	c.frameOut = wire.Frame{Type: wire.Read, Code: wire.ReadFull, Relaxed: c.cfg.Durability.Relaxed(), DB: o.db, Key: o.key}
	c.frameOut.Ticket = s.lane.large.push(largeState{sent: true, ticketState: ticketState{
		op: o.id, gen: o.gen, copy: uint8(copy), typ: wire.Read, at: c.time.steady, bytes: int32(o.found.Length),
	}})
	c.append(s, &c.frameOut)
}

// moved puts the deadlines off of what is still being sent, or being received: its link takes or gives bytes. Not for ever if others wait: for the
// write, its key's gate or settled-through, or for the room that a fetch keeps.
func (c *Core) moved(link LinkID, way int64) {
	i, known := c.links[link]
	if !known {
		return
	}
	l := &c.servers[i].lane.large
	if way&MovedIn != 0 {
		l.unreadAt = c.time.steady
	}
	for j := range l.list {
		t := &l.list[j]
		if c.crawls(l, t) && (t.typ == wire.Apply || len(c.room.line) > 0) {
			continue
		}
		if way&MovedOut != 0 && !t.sent || way&MovedIn != 0 && t.typ == wire.Read {
			t.at = c.time.steady
		}
	}
}

// crawls tells that a value has been under way for longer than a link of any use takes, with all others that it was under way with.
func (c *Core) crawls(l *largeTickets, t *largeState) bool {
	return c.time.steady-t.began > max(c.cfg.AwayMillis, c.cfg.DeadlineMillis)+(l.pushed-t.before)>>crawlShift
}

// left takes the driver's word that the last chunk of a large frame was sent: the deadline counts from here.
func (c *Core) left(link LinkID, ticket uint64) {
	i, known := c.links[link]
	if !known {
		return
	}
	l := &c.servers[i].lane.large
	j := l.find(ticket)
	if j < 0 {
		return
	}
	t := &l.list[j]
	t.sent, t.at = true, c.time.steady
	if t.let {
		l.leaves(j)
	}
	l.forget(j)
}

// withdrawn takes the driver's word that a large frame did not leave: no answer to it will come. A payment that waited for one ends.
func (c *Core) withdrawn(link LinkID, ticket uint64) {
	i, known := c.links[link]
	if !known {
		return
	}
	l := &c.servers[i].lane
	j := l.large.find(ticket)
	if j < 0 {
		return
	}
	t := &l.large.list[j]
	state := t.ticketState
	l.came()
	t.sent, t.done = true, true
	l.large.forget(j)
	if o := c.ops.get(state.op); !state.done && o.gen == state.gen {
		c.opGone(o, int(state.copy))
	}
}

// due tells that a large request is so many milliseconds past its time.
func (t *largeState) due(now, millis int64) bool {
	return !t.done && now-t.at >= millis+int64(t.bytes>>settleShift)
}

// expireLarge is expire and giveUp for large requests, newest first: what it lets go leaves the list.
func (c *Core) expireLarge(s *server) {
	l := &s.lane.large
	for i := len(l.list) - 1; i >= 0; i-- {
		t := &l.list[i]
		switch now := c.time.steady; {
		case !t.late && t.due(now, c.cfg.DeadlineMillis):
			t.late = true
			s.lane.late++
			c.release(s, t.ticket, &t.ticketState, true)
		case t.late && t.due(now, c.patienceOf(t)):
			state := t.ticketState
			c.giveUpOp(s, t.ticket, &state)
		}
		i = min(i, len(l.list))
	}
}

// patienceOf is the milliseconds after which whoever waits for a request is told. A fetch keeps room for its value meanwhile: others who wait for
// room are kept waiting by it for a deadline, not for as long as its server may be silent.
func (c *Core) patienceOf(t *largeState) int64 {
	if t.typ == wire.Read && len(c.room.line) > 0 {
		return c.cfg.DeadlineMillis
	}
	return max(c.cfg.AwayMillis, c.cfg.DeadlineMillis)
}

// patience is the milliseconds that a server may be silent longer, because it is writing large values.
func (l *largeTickets) patience() (millis int64) {
	for i := range l.list {
		if t := &l.list[i]; t.sent && !t.done && t.typ == wire.Apply {
			millis += int64(t.bytes >> settleShift)
		}
	}
	return min(millis, wire.MaxValue>>settleShift)
}

// dropLarge fails the large requests under way to a server whose session has ended.
func (c *Core) dropLarge(list []largeState) {
	for i := range list {
		t := &list[i]
		if o := c.ops.get(t.op); !t.done && o.gen == t.gen {
			c.opGone(o, int(t.copy))
		}
	}
}
