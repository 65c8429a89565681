package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/distributedstorage/ds/chaos/view"
)

// loadKeys is how many keys the clients draw from, so that their own writes stay few beside what is repaired.
const loadKeys = 10_000

// unloaded measures the clients' own rate, and what latency half of it has.
func unloaded(ctx context.Context, c *cluster, f *flags) (work, error) {
	w := work{keys: loadKeys, reads: 50, value: make([]byte, f.Value)}
	measure(ctx, c, f, w, 2*time.Second) // caches fill
	full := measure(ctx, c, f, w, 5*time.Second)
	fmt.Printf("clients as fast as they can: %s\n", full)
	w.rate = full.perSecond / float64(f.Depth) / 2
	fmt.Printf("half that rate, before:      %s\n", measure(ctx, c, f, w, 5*time.Second))
	return w, ctx.Err()
}

// pay owes server 0 the keys and lets it come back under load.
func pay(ctx context.Context, f *flags) error {
	c, err := start(ctx, f, "--table-budget", "1GiB", "--journal-budget", "4GiB")
	if c != nil {
		defer c.end()
	}
	if err != nil {
		return err
	}
	w, err := unloaded(ctx, c, f)
	if err != nil {
		return err
	}
	if err := c.kill(0); err != nil {
		return err
	}
	if err := c.away(ctx, 0); err != nil {
		return err
	}
	began := time.Now()
	if err := fill(ctx, c, f, 0, f.Keys*3/2, w.value); err != nil { // two of three keys have a copy there
		return err
	}
	owed, err := c.owed(ctx, 0)
	if err != nil {
		return err
	}
	fmt.Printf("owed %d entries of %d B, written in %.1f s\n", owed, f.Value, time.Since(began).Seconds())
	return c.recover(ctx, f, w, "paid", func(s view.Server) bool { return s.State == "in-sync" || s.Owed < loadKeys })
}

func (c *cluster) owed(ctx context.Context, n int) (int64, error) {
	list, err := view.AskServers(ctx, c.admin)
	if err != nil {
		return 0, err
	}
	return list[n].Owed, nil
}

// recover starts server 0 under load and waits until it has got what it lacks.
func (c *cluster) recover(ctx context.Context, f *flags, w work, what string, done func(view.Server) bool) error {
	l := begin(ctx, c, f, w)
	pause(ctx, 2*time.Second)
	fmt.Printf("half that rate, away:        %s\n", l.take())
	began := time.Now()
	if err := c.startServer(0); err != nil {
		return err
	}
	err := c.await(ctx, 20*time.Minute, func(s []view.Server) bool { return s[0].State != "away" && done(s[0]) })
	took := time.Since(began)
	fmt.Printf("half that rate, during:      %s\n", l.end())
	fmt.Printf("%s in %.1f s\n", what, took.Seconds())
	if err != nil {
		return err
	}
	err = c.await(ctx, 5*time.Minute, func(s []view.Server) bool { return s[0].State == "in-sync" })
	fmt.Printf("in sync after %.1f s; half that rate, after: %s\n", time.Since(began).Seconds(), measure(ctx, c, f, w, 3*time.Second))
	return err
}

// refill wipes server 0 and lets it come back empty under load.
func refill(ctx context.Context, f *flags) error {
	c, err := start(ctx, f)
	if c != nil {
		defer c.end()
	}
	if err != nil {
		return err
	}
	w, err := unloaded(ctx, c, f)
	if err != nil {
		return err
	}
	w.reads = 0
	if err := fill(ctx, c, f, 0, f.Keys*3/2, w.value); err != nil {
		return err
	}
	if err := c.kill(0); err != nil {
		return err
	}
	if err := os.RemoveAll(c.data(0)); err != nil {
		return err
	}
	if err := c.away(ctx, 0); err != nil {
		return err
	}
	fmt.Printf("server 0 held some %d keys and is empty now; clients only write\n", f.Keys)
	return c.recover(ctx, f, w, "refilled", func(s view.Server) bool { return s.State == "in-sync" })
}
