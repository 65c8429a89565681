package client

import (
	"context"
	"time"
)

// run is the goroutine of a client: it connects, serves the queue until the connection fails, and again.
func (c *Client) run() {
	defer close(c.ended)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-c.off:
			cancel()
		case <-ctx.Done():
		}
	}()
	for pause := c.set.heartbeat; ; {
		tr, err := dial(ctx, &c.set)
		if err == nil {
			pause = c.set.heartbeat
			err = c.serve(tr)
		}
		c.lost(err)
		if !c.rest(pause) {
			return
		}
		pause = min(2*pause, 4*c.set.heartbeat)
	}
}

// serve sends batches until the connection fails or the client is off and has nothing left to send.
func (c *Client) serve(tr *carrier) error {
	defer tr.close()
	c.queue.open()
	c.announce(func() { c.mu.connected, c.mu.refusal = true, nil })
	beat := time.NewTimer(c.set.heartbeat)
	defer beat.Stop()
	batch, off := make([]*op, 0, maxBatchOps), c.off
	for {
		batch = c.queue.take(batch[:0])
		if len(batch) > 0 {
			if err := c.exchange(tr, batch); err != nil {
				return err
			}
			beat.Reset(c.set.heartbeat)
			continue
		}
		if off == nil {
			return ErrOff
		}
		select {
		case <-c.queue.wake:
		case <-off:
			off = nil // once more around, for what came in before
		case <-beat.C:
			if err := tr.ping(); err != nil {
				return err
			}
			beat.Reset(c.set.heartbeat)
		}
	}
}

// exchange sends one batch and hands out the answers. Its error is the connection's: then sends are refused
// before anybody learns of the loss.
func (c *Client) exchange(tr *carrier, batch []*op) error {
	sent, err := tr.exchange(batch)
	var left []*op
	if err != nil {
		left = c.disconnect(err)
	}
	for _, o := range batch {
		c.queue.finish(o, translate(o.cmd.Err(), o.write, sent))
	}
	c.fail(left, err)
	clear(batch)
	return err
}

// lost ends a connection, or tells that there is none.
func (c *Client) lost(why error) { c.fail(c.disconnect(why), why) }

// disconnect refuses sends and gives what was accepted but not sent.
func (c *Client) disconnect(why error) []*op {
	left := c.queue.close(ErrNoRouter)
	c.announce(func() { c.mu.connected, c.mu.refusal = false, translate(why, false, false) })
	return left
}

func (c *Client) fail(left []*op, why error) {
	for _, o := range left {
		if o.state.CompareAndSwap(opQueued, opTaken) {
			c.queue.finish(o, noRouter(translate(why, false, false)))
		} else {
			c.queue.room.Release(o.weight)
		}
	}
}

// rest waits before the next attempt; false: the client is off.
func (c *Client) rest(pause time.Duration) bool {
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-c.off:
		return false
	case <-t.C:
		return true
	}
}
