package main

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/distributedstorage/ds/chaos/view"
)

// stall measures the longest write around the moment at which server 0 stops.
func stall(ctx context.Context, f *flags) error {
	c, err := start(ctx, f)
	if c != nil {
		defer c.end()
	}
	if err != nil {
		return err
	}
	w := work{keys: loadKeys, single: true, value: make([]byte, f.Value), rate: 2000}
	fmt.Println("undisturbed:", measure(ctx, c, f, w, 3*time.Second))
	for _, stop := range []struct {
		what      string
		stop, end func() error
	}{
		{"paused (SIGSTOP)", func() error { return c.signal(0, syscall.SIGSTOP) }, func() error { return c.signal(0, syscall.SIGCONT) }},
		{"killed (SIGKILL)", func() error { return c.kill(0) }, func() error { return c.startServer(0) }},
		{"cut off (every byte dropped)", func() error { c.proxies[0].cut.Store(true); return nil },
			func() error { c.proxies[0].cut.Store(false); return nil }},
	} {
		l := begin(ctx, c, f, w)
		pause(ctx, time.Second)
		l.take()
		if err := stop.stop(); err != nil {
			return err
		}
		pause(ctx, 4*time.Second)
		fmt.Printf("%s: %s\n", stop.what, l.end())
		if err := stop.end(); err != nil {
			return err
		}
		if err := c.await(ctx, time.Minute, func(s []view.Server) bool { return s[0].State == "in-sync" }); err != nil {
			return err
		}
	}
	return nil
}
