package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

var background = context.Background()

// SendSet writes a value, without waiting for the answer. The value is copied. A write that fails later is
// told to OnSetFailed and by Settle. Errors: ErrNoRouter, ErrFull, ErrOff.
func (c *Client) SendSet(key string, value []byte) error {
	o := &op{
		cmd: redis.NewStatusCmd(background, "set", key, bytes.Clone(value)), write: true,
		weight: int64(len(key)+len(value)) + opOverhead,
		done:   func(err error) { c.setDone(key, err) },
	}
	c.mu.Lock()
	c.mu.unsettled++
	c.mu.Unlock()
	err := c.queue.push(o)
	if err != nil {
		c.announce(func() { c.mu.unsettled-- })
	}
	return err
}

func (c *Client) setDone(key string, err error) {
	c.mu.Lock()
	c.mu.unsettled--
	settled := c.mu.unsettled == 0
	if err != nil {
		c.mu.failed++
		if len(c.mu.failures) < maxFailures {
			c.mu.failures = append(c.mu.failures, fmt.Errorf("key %q: %w", key, err))
		}
	}
	c.mu.Unlock()
	if settled {
		c.announce(func() {})
	}
	if err != nil && c.set.failed != nil {
		c.set.failed(key, err)
	}
}

// maxFailures bounds how many failed SendSets Settle tells apart.
const maxFailures = 16

// Settle waits until every SendSet so far was answered. Its error joins the failures since the last
// Settle (the first 16 in full, the rest as a number); nil: all of them are stored. If the context ends
// first it is ErrCanceled.
func (c *Client) Settle(ctx context.Context) error {
	for {
		c.mu.Lock()
		if c.mu.unsettled == 0 {
			err := c.takeFailuresLocked()
			c.mu.Unlock()
			return err
		}
		changed := c.mu.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return canceled(ctx.Err())
		}
	}
}

func (c *Client) takeFailuresLocked() error {
	list, more := c.mu.failures, c.mu.failed-len(c.mu.failures)
	c.mu.failures, c.mu.failed = nil, 0
	if more > 0 {
		list = append(list, fmt.Errorf("%w: and %d more", Err, more))
	}
	return errors.Join(list...)
}

// SendGet asks for a key's value; Get takes the answer. Asking again drops an answer that was not taken.
// Errors: ErrNoRouter, ErrFull, ErrOff.
func (c *Client) SendGet(key string) error {
	return c.inbox.ask(key, func(token uint64) error {
		cmd := redis.NewStringCmd(background, "get", key)
		return c.queue.push(&op{
			cmd: cmd, weight: int64(len(key)) + opOverhead,
			done: func(err error) {
				value, _ := cmd.Bytes()
				c.inbox.deliver(key, token, value, err)
			},
		})
	})
}

// Get takes the answer to SendGet out of the local store. Errors: ErrNotArrived if there is none (yet),
// ErrNoKey, ErrNoServer; ErrNoRouter if the connection failed before the answer, ErrFull if it found no room.
func (c *Client) Get(key string) ([]byte, error) { return c.inbox.take(key) }

// Contains tells that a value has arrived that Get would take.
func (c *Client) Contains(key string) bool { return c.inbox.contains(key) }

// Wait waits for the answer to the last SendGet of the key, then takes it as Get does. If nothing was asked it
// is ErrNotArrived at once; if the context ends first, ErrCanceled.
func (c *Client) Wait(ctx context.Context, key string) ([]byte, error) {
	if err := c.inbox.wait(ctx, key); err != nil {
		return nil, err
	}
	return c.inbox.take(key)
}

// SendGetKeys asks for the keys of the database that can be seen right now; Keys takes the answer. Keys whose
// servers are all away are missing from it: List gives all or an error. Errors: ErrNoRouter, ErrFull, ErrOff.
func (c *Client) SendGetKeys() error {
	return c.keys.ask(func(token uint64) error {
		cmd := redis.NewCmd(background, "ds", "keys")
		return c.queue.push(&op{
			cmd: cmd, weight: opOverhead,
			done: func(err error) {
				var seen Keys
				if err == nil {
					seen, err = decodeKeys(cmd.Val())
				}
				c.keys.deliver(token, seen.Keys, err)
			},
		})
	})
}

// Keys takes the answer to SendGetKeys out of the local store: empty until it is there, and emptied by
// reading it.
func (c *Client) Keys() []string {
	keys, _ := c.keys.take()
	return keys
}

// WaitKeys waits for the answer to SendGetKeys and takes it. If nothing was asked it is ErrNotArrived at once.
func (c *Client) WaitKeys(ctx context.Context) ([]string, error) {
	if err := c.keys.wait(ctx); err != nil {
		return nil, err
	}
	return c.keys.take()
}
