package respserver

import "time"

const (
	watchInterval = time.Second
	shrinkAfter   = 5 // seconds without a read, until a connection gives its buffers back
)

// watch looks after the connections: clients that take nothing, that leave a command unfinished, that
// are idle.
func (s *Server) watch() {
	defer s.helpers.Done()
	t := time.NewTicker(s.cfg.watch)
	defer t.Stop()
	for {
		select {
		case <-s.done:
			return
		case now := <-t.C:
			s.look(now.Unix())
		}
	}
}

func (s *Server) look(now int64) {
	timeout := s.settings.timeout()
	for _, c := range s.list() {
		c.look(now, timeout)
	}
	s.clock.Store(now) // last: to relieve, nobody has taken nothing for longer than between two looks
}

// look is called by one goroutine at a time; timeout is in seconds, 0 = none.
func (c *Conn) look(now, timeout int64) {
	cfg := &c.server.cfg
	if reason := c.drainFault(now); reason != "" {
		c.close(reason)
		return
	}
	idle := now - c.active.Load()
	if !c.mu.TryLock() {
		return // busy, hence neither idle nor stalled
	}
	partial, full := c.mu.session.Partial(), c.mu.session.Full()
	if idle >= shrinkAfter {
		c.mu.session.Shrink()
		c.idleLocked()
	}
	c.mu.Unlock()
	switch {
	case partial && !c.held.Load() && idle > int64(cfg.StallTimeout/time.Second):
		c.close(reasonStalled)
	case timeout > 0 && idle > timeout && !full && c.out.Pending() == 0:
		c.close(reasonIdle)
	}
}

// leastTaken is what a client must take, in bytes, for it to count as getting on.
const leastTaken = 16 << 10

// drainFault tells why a client that takes its answers too slowly is to be closed; "" = it is not.
func (c *Conn) drainFault(now int64) string {
	pending := c.out.Pending()
	drained := c.appended.Load() - uint64(pending)
	if pending == 0 || drained-c.drained >= leastTaken {
		c.drained = drained
		c.drainAt.Store(now)
	}
	cfg, since := &c.server.cfg, now-c.drainAt.Load()
	switch {
	case pending > cfg.MaxOutput:
		return reasonOutput
	case since > int64(cfg.DrainTimeout/time.Second):
		return reasonDrain
	case since > int64(cfg.PressTimeout/time.Second) && c.answers.Load() > 0 && c.server.answers.pressed():
		return reasonPressed
	}
	return ""
}
