package embedtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/distributedstorage/ds/client"
)

// Await looks at a condition until its error is nil. The error tells what is missing.
func (c *Cluster) Await(what string, condition func(context.Context) error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Limit)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		err := condition(ctx)
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.t.Fatalf("%s: not after %s: %v", what, Limit, err)
		}
	}
}

// AwaitState waits until the router shows a server in a state.
func (c *Cluster) AwaitState(server int, state string) {
	c.t.Helper()
	c.Await(fmt.Sprintf("server %d is %s", server, state), func(ctx context.Context) error {
		list, err := c.status().Servers(ctx)
		if err == nil && list[server].State != state {
			err = fmt.Errorf("%+v", list)
		}
		return err
	})
}

// AwaitInSync waits until every server is in sync.
func (c *Cluster) AwaitInSync() {
	c.t.Helper()
	for n := range c.servers {
		c.AwaitState(n, client.InSync)
	}
}

// AwaitConverged waits for a proof, later than now, that all copies are equal.
func (c *Cluster) AwaitConverged() {
	c.t.Helper()
	now := time.Now().UnixMilli()
	c.Await("the store converges", func(ctx context.Context) error {
		got, err := c.status().Converged(ctx)
		if err == nil && (!got.Converged || got.ProvedAt <= now) {
			err = fmt.Errorf("%+v", got)
		}
		return err
	})
}

// AwaitDiverged waits until the store knows that copies differ or something is owed.
func (c *Cluster) AwaitDiverged() {
	c.t.Helper()
	c.Await("the store diverges", func(ctx context.Context) error {
		got, err := c.status().Converged(ctx)
		if err == nil && got.Converged {
			err = errors.New("it is converged")
		}
		return err
	})
}

// Count is a counter of the router since its last start, for example "late_corrections".
func (c *Cluster) Count(name string) int {
	c.t.Helper()
	families, err := c.router.Metrics().Gather()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "ds_"+name+"_total" {
			return int(f.GetMetric()[0].GetCounter().GetValue())
		}
	}
	c.t.Fatalf("there is no counter %s", name)
	return 0
}

// AwaitCount waits until a counter has come to a number.
func (c *Cluster) AwaitCount(name string, least int) {
	c.t.Helper()
	c.Await(fmt.Sprintf("%s are %d", name, least), func(context.Context) error {
		if n := c.Count(name); n < least {
			return fmt.Errorf("they are %d", n)
		}
		return nil
	})
}
