package main

import (
	"context"
	"fmt"
	"time"

	"github.com/distributedstorage/ds/client"
)

type serversCmd struct{}

func (*serversCmd) Run(s *session) error {
	return s.connected(0, false, func(ctx context.Context, c *client.Client) error {
		list, err := c.Servers(ctx)
		if err != nil {
			return err
		}
		return s.show(list, func() { tableServers(s.out, list) })
	})
}

type whyCmd struct {
	Key string `arg:"" help:"The key."`
	DB  int    `name:"db" help:"The number of its database." default:"0"`
}

func (w *whyCmd) Run(s *session) error {
	return s.connected(w.DB, false, func(ctx context.Context, c *client.Client) error {
		why, err := c.Why(ctx, w.Key)
		if err != nil {
			return err
		}
		return s.show(why, func() { tableWhy(s.out, w.Key, w.DB, why) })
	})
}

type keysCmd struct {
	DB int `name:"db" help:"The number of the database." default:"0"`
}

func (k *keysCmd) Run(s *session) error {
	return s.connected(k.DB, false, func(ctx context.Context, c *client.Client) error {
		keys, err := c.VisibleKeys(ctx)
		if err != nil {
			return err
		}
		return s.show(keys, func() {
			listKeys(s.out, keys)
			if !keys.Complete {
				fmt.Fprintln(s.notes, "dsctl: there may be more: all servers of some keys are away")
			}
		})
	})
}

type convergedCmd struct {
	Wait  bool          `help:"Wait until it is so, at most --timeout; the router may be away meanwhile."`
	Every time.Duration `help:"How often --wait asks." default:"200ms" hidden:""`
}

func (v *convergedCmd) Run(s *session) error {
	return s.connected(0, v.Wait, func(ctx context.Context, c *client.Client) error {
		got, err := v.ask(ctx, c)
		if err != nil {
			return err
		}
		if !got.Converged {
			s.status = exitNotConverged
		}
		return s.show(got, func() { tableConverged(s.out, got) })
	})
}

// ask gives the state; with --wait the first converged one, else the last that there was when time was up.
func (v *convergedCmd) ask(ctx context.Context, c *client.Client) (got client.Convergence, err error) {
	if !v.Wait {
		return c.Converged(ctx)
	}
	known, failed := false, error(nil)
	_ = every(ctx, v.Every, func() bool {
		var now client.Convergence
		if now, failed = c.Converged(ctx); failed == nil {
			known, got = true, now
		}
		return failed == nil && got.Converged
	})
	if !known {
		return got, failed
	}
	return got, nil
}
