package router

import (
	"sync"
	"time"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/journal"
)

// turn is what one step leaves to be done after the lock was released.
type turn struct {
	links   []*serverLink // with bytes to flush
	ending  []ending
	clients []*client
	events  []coord.Event
	faults  [faultKinds]uint32
}

// ending is a link that the core wants closed.
type ending struct {
	link   *serverLink
	finish bool   // after its last frame was written
	reason string // constant text; empty if the frame says it
}

const faultKinds = int(fault.NotServing) + 1

var turns = sync.Pool{New: func() any { return new(turn) }}

// Submit implements respserver.Engine.
func (r *Router) Submit(batch []coord.Input) {
	r.metrics.requests.Add(float64(len(batch)))
	r.step(batch)
}

// step gives a batch to the core and carries out what it decides.
func (r *Router) step(batch []coord.Input) { r.stepFrom(nil, batch) }

// stepFrom steps only if the journal that the batch comes from is still the core's; nil = any.
func (r *Router) stepFrom(from *journal.Journal, batch []coord.Input) {
	r.metrics.steps.Inc()
	t := turns.Get().(*turn)
	r.mu.Lock()
	if r.mu.started && !r.mu.stopped && (from == nil || from == r.mu.journal) {
		e := &r.mu.effects
		e.Reset()
		r.mu.core.Step(r.now(), batch, e)
		r.carryOutLocked(t)
		r.noteServingLocked()
	}
	r.mu.Unlock()
	r.finish(t)
}

// now is the time of a step. It is taken under the lock, so that it never goes back from one
// step to the next.
func (r *Router) now() coord.Now {
	t := time.Now()
	return coord.Now{Wall: t.UnixMilli(), Mono: int64(t.Sub(r.born))}
}

// noteServingLocked wakes Start once the core serves.
func (r *Router) noteServingLocked() {
	if !r.mu.serving && r.mu.core.Serving() {
		r.mu.serving = true
		close(r.serving)
	}
}

// carryOutLocked moves the effects to where they go. It writes no socket and waits for nothing.
func (r *Router) carryOutLocked(t *turn) {
	e := &r.mu.effects
	r.mu.serial++
	r.handshakesLocked(e, t)
	r.lanesLocked(e, t)
	r.closesLocked(e, t)
	r.mu.journal.Enqueue(e)
	r.repliesLocked(e, t)
	t.events = append(t.events, e.Events...)
	trim(e)
}

func (r *Router) handshakesLocked(e *coord.Effects, t *turn) {
	for i := range e.Handshakes {
		h := &e.Handshakes[i]
		l := r.mu.links[h.Link]
		if l == nil {
			continue
		}
		l.out.Append(e.Bytes[h.Bytes.From:h.Bytes.To])
		if h.Close {
			t.ending = append(t.ending, ending{link: l, finish: true})
			continue
		}
		l.admitted.Store(true)
		r.touchLocked(l, t)
	}
}

func (r *Router) lanesLocked(e *coord.Effects, t *turn) {
	for i := range e.Lanes {
		lane := &e.Lanes[i]
		if len(lane.Buf)+len(lane.Large)+len(lane.Withdrawn) == 0 {
			continue
		}
		l := r.mu.links[lane.Link]
		if l == nil {
			continue
		}
		l.out.Append(lane.Buf)
		for j := range lane.Large {
			f := &lane.Large[j]
			l.large.Add(1)
			r.metrics.large.Inc()
			l.out.AppendLarge(lane.Heads[f.Head.From:f.Head.To], f.Value)
		}
		for _, ticket := range lane.Withdrawn {
			if l.out.Withdraw(ticket) {
				r.leftLink(coord.InWithdrawn, l, ticket)
			}
		}
		r.touchLocked(l, t)
	}
}

// touchLocked notes once a turn that a link has bytes to flush.
func (r *Router) touchLocked(l *serverLink, t *turn) {
	if l.turn != r.mu.serial {
		l.turn = r.mu.serial
		t.links = append(t.links, l)
	}
}

func (r *Router) closesLocked(e *coord.Effects, t *turn) {
	for i := range e.Closes {
		if l := r.mu.links[e.Closes[i].Link]; l != nil {
			t.ending = append(t.ending, ending{link: l, reason: e.Closes[i].Reason})
		}
	}
}

func (r *Router) repliesLocked(e *coord.Effects, t *turn) {
	var c *client
	for i := range e.Replies {
		reply := &e.Replies[i]
		if c == nil || c.id != reply.Conn {
			if c = r.mu.clients[reply.Conn]; c == nil {
				r.Freed(len(reply.Value)) // it went away
				continue
			}
		}
		if c.turn != r.mu.serial {
			c.turn = r.mu.serial
			t.clients = append(t.clients, c)
		}
		if reply.Code == coord.ReplyFault {
			t.faults[reply.Fault]++
		}
		body := reply.Value
		if body == nil {
			body = e.Bytes[reply.Bytes.From:reply.Bytes.To]
		}
		c.replies.Reply(reply, body)
	}
}

// keepBytes is the largest buffer that effects keep for the next step.
const keepBytes = 1 << 20

// trim lets go of the memory of a step that was unusually large.
func trim(e *coord.Effects) {
	for i := range e.Lanes {
		e.Lanes[i].Buf = kept(e.Lanes[i].Buf)
	}
	e.Bytes, e.JournalBytes = kept(e.Bytes), kept(e.JournalBytes)
}

func kept(b []byte) []byte {
	if cap(b) > keepBytes {
		return nil
	}
	return b
}

// finish does what a step left: each socket once, then logs and metrics.
func (r *Router) finish(t *turn) {
	for _, l := range t.links {
		l.out.Flush()
	}
	for i := range t.ending {
		r.end(&t.ending[i])
	}
	for _, c := range t.clients {
		c.replies.Flush()
	}
	r.metrics.countFaults(&t.faults)
	for i := range t.events {
		r.observe(&t.events[i])
	}
	t.reset()
	turns.Put(t)
}

// keepTurn bounds the slices of a turn that is kept for reuse.
const keepTurn = 4096

func (t *turn) reset() {
	if max(cap(t.clients), cap(t.events)) > keepTurn {
		*t = turn{}
		return
	}
	clear(t.links)
	clear(t.ending)
	clear(t.clients)
	t.links, t.ending, t.clients, t.events = t.links[:0], t.ending[:0], t.clients[:0], t.events[:0]
	t.faults = [faultKinds]uint32{}
}
