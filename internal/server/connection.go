package server

import (
	"errors"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/link"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// connection is one connection to the router. Two goroutines use it: the one that reads requests
// has the store, the committer syncs it and lets answers leave.
type connection struct {
	s     *Server
	in    *link.Reader
	out   *link.Outbox
	stood bool // of the reader: there was a session

	session *replica.Session // all but its Queue: of the reader
	answers replica.Answers  // of the reader

	every chan time.Duration // between syncs that nobody asks for, once, if the session has them
	wake  chan struct{}      // an answer waits for a sync; closed when the reader has ended

	mu struct {
		sync.Mutex // the session's Queue is under it too
		dst        []byte
		failed     bool // the committer is gone: no answer will leave
	}
	room sync.Cond // answers have left
}

func (s *Server) newConnection(conn net.Conn) *connection {
	c := &connection{
		s: s, in: link.NewReader(conn), out: link.NewOutbox(conn, nil),
		session: s.replica.Begin(), every: make(chan time.Duration, 1), wake: make(chan struct{}, 1),
	}
	c.out.SetKeep(keepOut)
	c.room.L = &c.mu
	return c
}

// read runs until the connection's end, and says why it ended.
func (c *connection) read() error {
	welcome, rest, err := c.shakeHands()
	if err != nil {
		return err
	}
	for {
		if err := c.handle(rest); err != nil {
			return err
		}
		if rest, err = c.in.Next(); err != nil {
			return err
		}
		if !c.stood {
			c.stood = true
			c.s.stands()
			c.s.log.Info("session stands", zap.Uint64("epoch", welcome.Epoch), zap.Uint64("lsn", c.s.durable.Load()))
		}
	}
}

// shakeHands ends with a session that stands once the committer has synced it; rest is what came
// behind the welcome.
func (c *connection) shakeHands() (welcome wire.Session, rest [][]byte, err error) {
	c.out.Append(c.session.Hello(nil))
	c.out.Flush()
	c.in.SetSilence(helloTimeout)
	frames, err := c.in.Next()
	if err != nil {
		return welcome, nil, err
	}
	welcome, err = c.session.Welcome(frames[0], &c.answers)
	var refused *replica.Refused
	if errors.As(err, &refused) && !refused.ByRouter {
		c.out.Append(c.session.AppendRefuse(nil, refused))
		c.finish()
	}
	if err != nil {
		return welcome, nil, err
	}
	c.in.Admit()
	c.in.SetSilence(silence(&welcome))
	if welcome.Durability == wire.DurabilityInterval {
		c.every <- syncInterval(&welcome)
	}
	c.pass()
	return welcome, frames[1:], nil
}

func syncInterval(welcome *wire.Session) time.Duration {
	millis := welcome.SyncMillis
	if millis == 0 {
		millis = wire.DefaultSyncMillis
	}
	return time.Duration(millis) * time.Millisecond
}

func silence(welcome *wire.Session) time.Duration {
	millis := welcome.SilenceMillis
	if millis == 0 {
		millis = wire.DefaultSilenceMillis
	}
	return time.Duration(millis) * time.Millisecond
}

// handle processes a batch of requests, as far as there is room for their answers at a time.
func (c *connection) handle(frames [][]byte) error {
	for len(frames) > 0 {
		n, err := c.session.Handle(frames, replica.LSN(c.s.durable.Load()), &c.answers)
		c.s.metrics.handled.Add(uint64(n))
		c.pass()
		if err != nil {
			return err
		}
		frames = frames[n:]
		c.waitForRoom()
	}
	return nil
}

// pass lets those answers leave that may; the rest wait for the committer.
func (c *connection) pass() {
	c.mu.Lock()
	c.session.Queue.Add(&c.answers)
	c.leaveLocked()
	waits := c.waitsLocked()
	c.mu.Unlock()
	c.out.Flush()
	if waits {
		select {
		case c.wake <- struct{}{}:
		default: // it is awake, or about to be
		}
	}
}

// leaveLocked moves answers that may leave to the outbox: under the lock, since they are
// numbered in the order in which they reach it.
func (c *connection) leaveLocked() {
	c.mu.dst = c.session.Queue.Release(replica.LSN(c.s.durable.Load()), c.mu.dst[:0])
	c.out.Append(c.mu.dst)
	for _, l := range c.session.Queue.TakeLarge() {
		c.out.AppendLarge(l.Head, l.Value)
	}
	if cap(c.mu.dst) > keepOut {
		c.mu.dst = nil
	}
}

func (c *connection) waitsLocked() bool {
	return uint64(c.session.Queue.Waits()) > c.s.durable.Load()
}

// waitForRoom keeps the reader from taking requests faster than their answers leave.
func (c *connection) waitForRoom() {
	c.mu.Lock()
	q := &c.session.Queue
	for !c.mu.failed && (q.Len() >= maxAnswers || q.Bytes() >= maxAnswerBytes || q.Large() >= maxLargeBytes) {
		c.room.Wait()
	}
	c.mu.Unlock()
	c.out.WaitBelow(maxAnswerBytes, maxLargeBytes)
}

// stop makes the reader end, in order, by itself.
func (c *connection) stop() {
	c.in.Interrupt()
	// A router that does not read must not keep it waiting for room, or the farewell from ending.
	time.AfterFunc(stopTimeout-farewellTimeout, c.out.Close)
}

// farewell lets everything leave that was asked for, and says goodbye. Reader and committer have ended.
func (c *connection) farewell() error {
	if err := c.sync(); err != nil {
		return err
	}
	c.out.Append(c.session.AppendGoodbye(nil))
	c.finish()
	return nil
}

// finish closes the connection once the router has got everything, or had the time to.
func (c *connection) finish() {
	c.out.Finish(farewellTimeout)
	<-c.out.Done()
}
