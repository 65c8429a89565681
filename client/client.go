package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Client is a connection to a router that opens itself again. Its methods are safe for concurrent use.
type Client struct {
	set   settings
	queue *queue
	inbox *inbox
	keys  *keysbox

	off   chan struct{} // closed by TurnOff
	ended chan struct{} // closed when the goroutine has ended

	mu struct {
		sync.Mutex
		started, turnedOff bool
		connected          bool
		refusal            error         // why the router turned the last connection down
		changed            chan struct{} // closed and replaced on every change
		unsettled          int           // SendSets without an answer
		failures           []error       // of SendSets, for Settle
		failed             int
	}
}

// New is a client of the router whose client port is at addr (host:port). It does nothing until Start.
func New(addr string, options ...Option) *Client {
	set := defaults(addr)
	for _, o := range options {
		o(&set)
	}
	c := &Client{
		set: set, queue: newQueue(set.queueBytes), inbox: newInbox(set.storeBytes), keys: newKeysbox(set.storeBytes),
		off: make(chan struct{}), ended: make(chan struct{}),
	}
	c.mu.changed = make(chan struct{})
	return c
}

// Start begins to connect and waits until there is a connection. It may be called again to wait once more.
//
// If the context ends first the error is ErrNoRouter, and the client goes on trying in the background: a
// client may be started before its router. If the router turns the client down it is ErrAuth or
// ErrRefused, at once.
func (c *Client) Start(ctx context.Context) error {
	c.mu.Lock()
	if c.mu.turnedOff {
		c.mu.Unlock()
		return ErrOff
	}
	if !c.mu.started {
		c.mu.started = true
		c.queue.close(ErrNoRouter)
		go c.run()
	}
	c.mu.Unlock()
	return c.waitConnected(ctx)
}

func (c *Client) waitConnected(ctx context.Context) error {
	for {
		c.mu.Lock()
		connected, refusal, off, changed := c.mu.connected, c.mu.refusal, c.mu.turnedOff, c.mu.changed
		c.mu.Unlock()
		switch {
		case off:
			return ErrOff
		case connected:
			return nil
		case errors.Is(refusal, ErrAuth), errors.Is(refusal, ErrRefused):
			return refusal
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return noRouter(refusal)
		}
	}
}

func noRouter(why error) error {
	if why == nil {
		return ErrNoRouter
	}
	if errors.Is(why, ErrNoRouter) {
		return why
	}
	return fmt.Errorf("%w: %w", ErrNoRouter, why)
}

// Connected tells that there is a connection now.
func (c *Client) Connected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.connected
}

// TurnOff sends what was accepted before, waits for the answers (at most Timeout each), and ends the client
// for good. Answers that have arrived can still be taken.
func (c *Client) TurnOff() {
	c.mu.Lock()
	first, started := !c.mu.turnedOff, c.mu.started
	c.mu.turnedOff = true
	c.mu.Unlock()
	if first {
		c.queue.end()
		close(c.off)
		c.announce(func() {})
	}
	if started {
		<-c.ended
	}
}

// announce changes the state under the lock and wakes those who wait for a change.
func (c *Client) announce(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	close(c.mu.changed)
	c.mu.changed = make(chan struct{})
}
