package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// pause between two attempts at one file.
const pause = 50 * time.Millisecond

// each calls do for every file from several workers. Before a file is handed out, turn is told how
// many were handed out; it may wait. The first error ends everything.
func (d *demo) each(ctx context.Context, turn func(context.Context, int) error, do func(context.Context, string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	jobs := make(chan string)
	group.Go(func() error {
		defer close(jobs)
		for i, key := range d.files.paths {
			if err := turn(ctx, i); err != nil {
				return err
			}
			select {
			case jobs <- key:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range d.Workers {
		group.Go(func() error {
			for key := range jobs {
				if err := do(ctx, key); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// insist tries until it works or patience ends. Every attempt writes or reads the same, so that
// doing it twice does no harm.
func (d *demo) insist(ctx context.Context, key string, try func(context.Context) error) error {
	deadline := time.Now().Add(d.Patience)
	for {
		err := try(ctx)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: %w", key, err)
		}
		d.tally.retries.Add(1)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}
