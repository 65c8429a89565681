package respserver

import (
	"net"
	"sync"
	"sync/atomic"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/link"
	"github.com/distributedstorage/ds/internal/resp"
)

// Conn is one client's connection. Its poller calls Advance, Read and End from one goroutine at a time; the driver
// calls Reply and Flush from any.
//
// Locks are taken in the order driver, mu, then the outbox's, status' or budget's.
type Conn struct {
	server *Server
	net    net.Conn
	raw    *rawReader // nil: reads go through net.Conn
	own    *turn      // without raw: kept between reads
	id     coord.ConnID
	out    *link.Outbox
	wake   chan struct{}

	waiting  atomic.Bool   // the poller was told Wait
	held     atomic.Bool   // it is not read because others hold the budget
	appended atomic.Uint64 // bytes given to the outbox
	active   atomic.Int64  // Unix seconds of the last read
	answers  atomic.Int64  // charged to the budget of answers
	reason   atomic.Pointer[string]

	mu struct {
		sync.Mutex
		session  *resp.Session
		charged  int64 // to the budget
		finished bool  // the outbox was told to finish
	}
	status struct {
		sync.Mutex
		resp.State
	}

	opened   int64 // Unix seconds
	addr     string
	local    string
	drained  uint64       // as the watcher saw it last
	drainAt  atomic.Int64 // when it had moved on, or there was nothing to take, Unix seconds
	reported uint64       // commands counted; under mu
}

func newConn(s *Server, nc net.Conn) *Conn {
	c := &Conn{
		server: s, net: nc, raw: newRawReader(nc), wake: make(chan struct{}, 1),
		addr: nc.RemoteAddr().String(), local: nc.LocalAddr().String(), opened: s.seconds(),
	}
	c.active.Store(c.opened)
	c.drainAt.Store(c.opened)
	c.out = link.NewOutbox(nc, func(error) { c.close(reasonWrite) })
	c.out.OnDrained(c.wakeUp)
	c.id = s.cfg.Engine.Attach(c)
	c.mu.session = resp.New(c.id, &s.cfg.Limits, (*host)(s))
	return c
}

// Advance goes on with what the connection has received, and tells what it wants next.
func (c *Conn) Advance() Verdict {
	for {
		select {
		case <-c.out.Done():
			return End
		default:
		}
		c.waiting.Store(true) // before looking, so that no change is missed
		v, resume := c.judge()
		if !resume {
			if v != Wait {
				c.waiting.Store(false)
			}
			return v
		}
		c.waiting.Store(false)
		t := getTurn()
		c.mu.Lock()
		t.batch = c.mu.session.Resume(t.batch)
		c.submit(t)
		putTurn(t)
	}
}

// judge tells what is next; resume = the session has something to get on with.
func (c *Conn) judge() (v Verdict, resume bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.mu.session
	c.settleLocked()
	full := int64(c.out.Pending()+s.Behind()) > min(int64(c.server.cfg.PauseOutput), c.server.answers.share())
	if !full {
		c.widenLocked()
	}
	switch {
	case s.Closing():
		c.finishLocked()
		return Wait, false
	case full:
		return Wait, false
	case s.Runnable():
		return Wait, true
	case s.Full():
		return Wait, false
	}
	admitted := c.server.budget.admits(c, c.mu.charged)
	if c.held.Store(!admitted); !admitted {
		return Wait, false
	}
	return Read, false
}

// Read waits for bytes from the client and deals with them. An error is the connection's end.
func (c *Conn) Read() error {
	t, n, err := c.read()
	if n > 0 {
		c.active.Store(c.server.seconds())
		c.server.stats.in.Add(int64(n))
		c.mu.Lock()
		c.windowLocked()
		t.batch = c.mu.session.Feed(t.buf[:n], t.batch)
		c.submit(t)
	}
	if c.raw != nil {
		putTurn(t)
	} else {
		clear(t.batch)
		t.batch = t.batch[:0]
	}
	return err
}

func (c *Conn) read() (*turn, int, error) {
	if c.raw != nil {
		return c.raw.read()
	}
	if c.own == nil {
		c.own = new(turn)
	}
	n, err := c.net.Read(c.own.buf[:])
	return c.own, n, err
}

// submit gives requests to the driver. It is called with mu held, and releases it.
func (c *Conn) submit(t *turn) {
	c.collectLocked()
	c.publishLocked()
	c.mu.Unlock()
	if len(t.batch) > 0 {
		c.server.cfg.Engine.Submit(t.batch)
	}
	if c.out.Pending() > 0 {
		c.out.Flush()
	}
}

// collectLocked moves answers to the outbox and settles what the session holds.
func (c *Conn) collectLocked() {
	s := c.mu.session
	if len(s.Out()) > 0 {
		n := c.appendLocked()
		c.appended.Add(uint64(n))
		c.server.stats.out.Add(int64(n))
		s.Sent()
	}
	if max(c.out.Pending(), s.Behind()) > c.server.cfg.MaxOutput {
		c.close(reasonOutput)
	}
	c.settleLocked()
	holds := int64(s.Holds())
	if holds == c.mu.charged || holds <= freeBytes && c.mu.charged == 0 {
		return
	}
	if holds <= freeBytes {
		holds = 0 // not worth a lock each time
	}
	for _, w := range c.server.budget.charge(c, c.mu.charged, holds) {
		w.wakeUp()
	}
	c.mu.charged = holds
}

// appendLocked gives the session's answers to the outbox, and tells how many bytes they are.
func (c *Conn) appendLocked() (n int) {
	out, from := c.mu.session.Out(), 0
	for _, sh := range c.mu.session.Shares() {
		var done func()
		if length := len(sh.Value); sh.Counts {
			done = func() { c.server.cfg.Engine.Freed(length) }
		}
		c.out.Append(out[from:sh.At])
		c.out.AppendShared(sh.Value, done)
		from = sh.At
		n += len(sh.Value)
	}
	c.out.Append(out[from:])
	return n + len(out)
}

// publishLocked makes the session's state readable without its lock.
func (c *Conn) publishLocked() {
	st := c.mu.session.State()
	c.server.stats.commands.Add(int64(st.Commands - c.reported))
	c.reported = st.Commands
	c.status.Lock()
	c.status.State = st
	c.status.Unlock()
}

// Reply implements Replies.
func (c *Conn) Reply(r *coord.Reply, body []byte) {
	c.mu.Lock()
	counts := c.mu.session.Complete(r, body)
	c.mu.Unlock()
	if !counts && r.Value != nil {
		c.server.cfg.Engine.Freed(len(r.Value))
	}
}

// Flush implements Replies.
func (c *Conn) Flush() {
	c.mu.Lock()
	c.collectLocked()
	if c.mu.session.Closing() {
		c.finishLocked()
	}
	c.mu.Unlock()
	c.out.Flush()
	if c.waiting.Load() {
		c.wakeUp()
	}
}

// finishLocked closes the connection once everything is written.
func (c *Conn) finishLocked() {
	if c.mu.finished {
		return
	}
	c.mu.finished = true
	c.out.Finish(c.server.cfg.FinishTimeout)
	go func() {
		<-c.out.Done()
		c.wakeUp()
	}()
}

func (c *Conn) wakeUp() { c.server.poller.Wake(c) }

// close ends the connection at once. The first reason stays.
func (c *Conn) close(reason string) {
	c.reason.CompareAndSwap(nil, &reason)
	c.out.Close()
	c.wakeUp()
}

// End lets go of the connection. The poller calls it last.
func (c *Conn) End() {
	c.server.cfg.Engine.Detach(c.id)
	c.out.Close()
	c.mu.Lock()
	c.appendLocked() // the outbox drops it, and says so
	c.mu.session.Sent()
	woken := c.server.budget.charge(c, c.mu.charged, 0)
	c.mu.charged = 0
	c.charge(0)
	c.mu.Unlock()
	for _, w := range woken {
		w.wakeUp()
	}
	c.server.remove(c)
}

// stop makes the connection answer what it has begun, and close.
func (c *Conn) stop() {
	reason := reasonStopped
	c.reason.CompareAndSwap(nil, &reason)
	c.mu.Lock()
	c.mu.session.Quit()
	if c.mu.session.Closing() {
		c.finishLocked()
	}
	c.mu.Unlock()
}
