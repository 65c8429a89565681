package server

import (
	"fmt"
	"time"

	"github.com/distributedstorage/ds/internal/replica"
)

// commitUntilOver is the committer: it syncs while answers wait for it, and once an interval if the session has
// one. An error is a *replica.StoreError; the connection is closed then, which ends the reader.
func (c *connection) commitUntilOver() error {
	err := c.commit()
	if err != nil {
		c.mu.Lock()
		c.mu.failed = true
		c.room.Broadcast()
		c.mu.Unlock()
		c.out.Close()
	}
	return err
}

func (c *connection) commit() error {
	var interval <-chan time.Time
	for {
		var err error
		select {
		case _, open := <-c.wake:
			switch {
			case open:
				err = c.sync()
			case interval != nil: // the next session may be far away
				return c.syncOnce()
			default:
				return nil
			}
		case every := <-c.every:
			ticker := time.NewTicker(every)
			defer ticker.Stop()
			interval = ticker.C
		case <-interval:
			err = c.syncOnce()
		}
		if err != nil {
			return err
		}
	}
}

// sync makes durable whatever an answer waits for. Requests go on while the disk works: all that
// are applied meanwhile share the next sync.
func (c *connection) sync() error {
	for {
		c.mu.Lock()
		waits := c.waitsLocked()
		c.mu.Unlock()
		if !waits {
			return nil
		}
		if err := c.syncOnce(); err != nil {
			return err
		}
	}
}

// syncOnce makes durable whatever is applied by now, and lets the answers leave that waited for it.
func (c *connection) syncOnce() error {
	c.mu.Lock()
	target := c.session.Queue.Waits()
	c.mu.Unlock()
	began := time.Now()
	durable, err := c.s.store.Sync()
	if err != nil {
		return &replica.StoreError{Err: err}
	}
	if durable < target {
		panic(fmt.Sprintf("server: a sync made LSN %d durable, %d was applied before it", durable, target))
	}
	c.s.metrics.syncs.Observe(time.Since(began).Seconds())
	c.mu.Lock()
	c.s.durable.Store(max(uint64(durable), c.s.durable.Load()))
	c.leaveLocked()
	c.room.Broadcast()
	c.mu.Unlock()
	c.out.Flush()
	return nil
}
