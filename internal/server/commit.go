package server

import (
	"fmt"
	"time"

	"github.com/distributedstorage/ds/internal/replica"
)

// commitUntilOver is the committer: it syncs while answers wait for it. An error is a
// *replica.StoreError; the connection is closed then, which ends the reader.
func (c *connection) commitUntilOver() error {
	for range c.wake {
		if err := c.sync(); err != nil {
			c.mu.Lock()
			c.mu.failed = true
			c.room.Broadcast()
			c.mu.Unlock()
			c.out.Close()
			return err
		}
	}
	return nil
}

// sync makes durable whatever an answer waits for. Requests go on while the disk works: all that
// are applied meanwhile share the next sync.
func (c *connection) sync() error {
	for {
		c.mu.Lock()
		waits, target := c.waitsLocked(), c.session.Queue.Waits()
		c.mu.Unlock()
		if !waits {
			return nil
		}
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
	}
}
