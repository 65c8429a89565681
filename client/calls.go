package client

import (
	"bytes"
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Set writes a value and returns when it is stored (nil) or the write failed: ErrNoServer, ErrBusy, ErrRefused,
// ErrNoRouter (nothing was written), ErrUnknown (it may have been).
func (c *Client) Set(ctx context.Context, key string, value []byte) error {
	// The value is copied: the carrier may still be reading it when the context ends.
	cmd := redis.NewStatusCmd(background, "set", key, bytes.Clone(value))
	return c.call(ctx, cmd, true, len(key)+len(value))
}

// Fetch reads a value. Errors: ErrNoKey, ErrNoServer, ErrBusy, ErrNoRouter.
func (c *Client) Fetch(ctx context.Context, key string) ([]byte, error) {
	cmd := redis.NewStringCmd(background, "get", key)
	if err := c.call(ctx, cmd, false, len(key)); err != nil {
		return nil, err
	}
	return cmd.Bytes()
}

// Delete deletes a key and tells whether it was there. Errors as of Set.
func (c *Client) Delete(ctx context.Context, key string) (bool, error) {
	cmd := redis.NewIntCmd(background, "del", key)
	if err := c.call(ctx, cmd, true, len(key)); err != nil {
		return false, err
	}
	return cmd.Val() > 0, nil
}

// listPage is how many keys List asks for at a time.
const listPage = 1000

// List gives every key of the database, in no particular order; never a part of them: ErrNoServer if the servers of
// some keys are away. A key that comes or goes meanwhile may be missing or not.
func (c *Client) List(ctx context.Context) ([]string, error) {
	keys := []string{}
	for cursor := uint64(0); ; {
		cmd := redis.NewScanCmd(background, nil, "scan", cursor, "count", listPage)
		if err := c.call(ctx, cmd, false, 0); err != nil {
			return nil, err
		}
		page, next := cmd.Val()
		keys = append(keys, page...)
		if cursor = next; cursor == 0 {
			return keys, nil
		}
	}
}

// Do sends any command of the router and gives its answer as the Redis library decodes it: string, int64, nil, []any,
// map[any]any. It counts as a write: it is never sent twice, and ErrUnknown if its answer is lost.
func (c *Client) Do(ctx context.Context, args ...any) (any, error) {
	cmd := redis.NewCmd(background, args...)
	if err := c.call(ctx, cmd, true, argBytes(args)); err != nil {
		return nil, err
	}
	return cmd.Val(), nil
}

func argBytes(args []any) int {
	n := 0
	for _, a := range args {
		switch a := a.(type) {
		case string:
			n += len(a)
		case []byte:
			n += len(a)
		}
	}
	return n
}

// call sends a command in the client's order and waits for its answer.
func (c *Client) call(ctx context.Context, cmd redis.Cmder, write bool, size int) error {
	answered := make(chan error, 1)
	o := &op{
		cmd: cmd, write: write, weight: int64(size) + opOverhead,
		done: func(err error) { answered <- err },
	}
	if err := c.queue.pushWait(ctx, o); err != nil {
		return err
	}
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
	}
	if o.state.CompareAndSwap(opQueued, opCanceled) || !write {
		return canceled(ctx.Err())
	}
	return fmt.Errorf("%w: %w", ErrUnknown, canceled(ctx.Err()))
}

func canceled(err error) error { return fmt.Errorf("%w: %w", ErrCanceled, err) }
