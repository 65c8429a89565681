package main

import (
	"context"
	"time"
)

// every calls done at once, then at each interval, until it is true (nil) or the context ends.
func every(ctx context.Context, interval time.Duration, done func() bool) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
