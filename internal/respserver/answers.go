package respserver

import (
	"cmp"
	"slices"
	"sync/atomic"
)

// answers bounds the bytes of answers that are under way to clients or wait for them, of all connections together.
//
// A connection may ask for more values only as long as what it holds is below its share: a part of what nobody has
// taken of the budget. So the more hold something the less each may hold, who comes late still finds
// room, and nobody waits for others: below freeBytes, or one command at a time, everybody goes on.
//
// What is asked for is a guess, and one command alone may be longer than it. Should the sum pass the hard limit
// nevertheless, the connections that hold most are closed (Server.relieve).
type answers struct {
	limit, hard int64
	used        atomic.Int64
}

// shareOf is the part of what is left that one connection may hold, itself left out.
const shareOf = 16

// share is how many bytes of answers a connection may hold now.
func (a *answers) share() int64 { return max(freeBytes, (a.limit-a.used.Load())/shareOf) }

// raise lets a connection that is charged so much hold up to want, within its share. It gives what it is charged now.
func (a *answers) raise(charged, want int64) int64 {
	for {
		used := a.used.Load()
		now := min(want, (a.limit-used)/shareOf)
		if now <= charged {
			return charged
		}
		if a.used.CompareAndSwap(used, used+now-charged) {
			return now
		}
	}
}

// due is what a connection is to be charged with for what it holds now and may come to hold.
func (a *answers) due(charged, holds, may int64) int64 {
	switch {
	case holds > charged && holds > freeBytes:
		return holds
	case holds+may <= freeBytes:
		return a.kept(charged)
	case 2*(holds+may) < charged:
		return max(holds+may, a.kept(charged))
	}
	return charged
}

// keepCharge is what a busy connection stays charged with, so that it need not ask again for each pipeline.
const keepCharge = 256 << 10

// kept is what a connection that needs little stays charged with.
func (a *answers) kept(charged int64) int64 {
	if a.pressed() {
		return 0
	}
	return min(charged, keepCharge)
}

// pressed tells that more than half of the budget is taken.
func (a *answers) pressed() bool { return a.used.Load() > a.limit/2 }

// charge sets what the connection is charged with.
func (c *Conn) charge(now int64) {
	if before := c.answers.Swap(now); before != now {
		c.server.answers.used.Add(now - before)
	}
}

// answersLocked is the bytes of answers that are there and not taken.
func (c *Conn) answersLocked() int { return c.out.Pending() + c.mu.session.Answers() }

// settleLocked charges the connection for what it holds now.
func (c *Conn) settleLocked() {
	holds, may := c.answersLocked(), c.mu.session.Expects()
	a, charged := &c.server.answers, c.answers.Load()
	if charged == 0 && holds <= freeBytes {
		return
	}
	c.charge(a.due(charged, int64(holds), int64(may)))
	if a.used.Load() > a.hard {
		c.server.relieve()
	}
}

// idleLocked gives back what the connection does not need.
func (c *Conn) idleLocked() {
	if c.answersLocked()+c.mu.session.Expects() <= freeBytes {
		c.charge(0)
	}
}

// windowLocked tells the session what it may ask for.
func (c *Conn) windowLocked() {
	c.mu.session.SetWindow(int(max(c.answers.Load(), freeBytes)) - c.answersLocked())
}

// widenLocked makes room for the command that waits for it, if there is some.
func (c *Conn) widenLocked() {
	if wants := c.mu.session.Wants(); wants > 0 {
		charged := c.answers.Load()
		want := min(int64(c.answersLocked()+wants), int64(c.server.cfg.Limits.ValueWindow))
		if want > max(charged, freeBytes) {
			now := c.server.answers.raise(charged, max(2*want, keepCharge))
			if before := c.answers.Swap(now); before != charged { // relieve was here
				c.server.answers.used.Add(charged - before)
			}
		}
	}
	c.windowLocked()
}

// relieve closes the connections that hold most until the hard limit is kept: first those that have taken
// nothing lately.
func (s *Server) relieve() {
	if !s.relieving.TryLock() {
		return // somebody does
	}
	defer s.relieving.Unlock()
	list, now := s.list(), s.seconds()
	rank := func(c *Conn) int64 {
		n := c.answers.Load()
		if now-c.drainAt.Load() > 1 {
			n += 1 << 40
		}
		return n
	}
	slices.SortFunc(list, func(a, b *Conn) int { return cmp.Compare(rank(b), rank(a)) })
	for _, c := range list {
		if s.answers.used.Load() <= s.answers.hard {
			return
		}
		c.close(reasonMost)
		c.charge(0)
	}
}
