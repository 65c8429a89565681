package e2e

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/audit"
	"github.com/distributedstorage/ds/chaos/view"
)

// at is a key of a database.
type at struct {
	database int
	key      string
}

// contents is what should be in the store; "" = nothing.
type contents map[at]string

// numbered is so many keys of database 0: enough to have some on every pair of servers.
func numbered(prefix string, n int) contents {
	all := contents{}
	for i := range n {
		all[at{0, fmt.Sprintf("%s-%d", prefix, i)}] = fmt.Sprintf("value of %s-%d", prefix, i)
	}
	return all
}

// and is both, the second counting where they name the same key.
func (all contents) and(more contents) contents {
	sum := contents{}
	for k, v := range all {
		sum[k] = v
	}
	for k, v := range more {
		sum[k] = v
	}
	return sum
}

// write sets them all; every one must be acknowledged.
func (c *cluster) write(all contents) {
	c.t.Helper()
	for k, v := range all {
		c.must(c.db(k.database).Set(c.ctx, k.key, v, 0).Err())
	}
}

// readable asserts that a client can read all of it now.
func (c *cluster) readable(all contents) {
	c.t.Helper()
	for k, v := range all {
		if got := c.get(k); got != v {
			c.t.Errorf("database %d: %s reads %q, want %q", k.database, k.key, got, v)
		}
	}
}

func (c *cluster) get(k at) string {
	c.t.Helper()
	got, err := c.db(k.database).Get(c.ctx, k.key).Result()
	if err != nil && err != redis.Nil {
		c.t.Fatalf("database %d: GET %s: %v", k.database, k.key, err)
	}
	return got
}

// why is DS WHY of a key.
func (c *cluster) why(k at) view.Why {
	c.t.Helper()
	why, err := view.AskWhy(c.ctx, c.db(k.database), k.key)
	c.must(err)
	return why
}

// copyOn is a server's copy in DS WHY.
func (c *cluster) copyOn(k at, server int) view.Copy {
	c.t.Helper()
	for _, copied := range c.why(k).Copies {
		if copied.Server == server {
			return copied
		}
	}
	c.t.Fatalf("%s has no copy on server %d", k.key, server)
	return view.Copy{}
}

// placed is the first of these keys whose copies are on the two servers.
func (c *cluster) placed(all contents, home, other int) at {
	c.t.Helper()
	for k := range all {
		if why := c.why(k); why.Home == home && len(why.Copies) == 2 && why.Copies[1].Server == other {
			return k
		}
	}
	c.t.Fatalf("none of %d keys is on servers %d and %d", len(all), home, other)
	return at{}
}

// holds asserts what each server really holds: that all copies are equal by DS WHY once the store has
// converged, and that each server alone, the others being killed, gives the right value of every key it has a copy of.
func (c *cluster) holds(all contents) {
	c.t.Helper()
	c.converged()
	on := map[int]contents{}
	for k, v := range all {
		for _, copied := range c.equalCopies(k, v) {
			if on[copied.Server] == nil {
				on[copied.Server] = contents{}
			}
			on[copied.Server][k] = v
		}
	}
	for alone := range servers {
		others := []int{(alone + 1) % servers, (alone + 2) % servers}
		c.kill(others...)
		c.readable(on[alone])
		c.start(others...)
	}
	c.converged()
}

// equalCopies asserts that the copies are the same, and says where they are.
func (c *cluster) equalCopies(k at, value string) []view.Copy {
	c.t.Helper()
	why := c.why(k)
	if len(why.Copies) != 2 || why.Buffered {
		c.t.Fatalf("%v: %+v", k, why)
	}
	first := why.Copies[0]
	for _, copied := range why.Copies {
		if !copied.Known || copied.Owed || copied.State != "in-sync" || (copied.Kind == "live") != (value != "") ||
			copied.Version != first.Version || copied.Checksum != first.Checksum {
			c.t.Fatalf("%v: copies differ: %+v", k, why)
		}
	}
	return why.Copies
}

// until waits for a condition.
func (c *cluster) until(what string, ask func(context.Context) (bool, string)) {
	c.t.Helper()
	c.must(audit.Until(c.ctx, patience, what, ask))
}

// refused asserts that an error is the store's own, by its prefix.
func (c *cluster) refused(err error, prefix string) {
	c.t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), prefix+" ") {
		c.t.Errorf("the error is %v, want %s", err, prefix)
	}
}

// convergence is DS CONVERGED.
func (c *cluster) convergence() view.Convergence {
	c.t.Helper()
	conv, err := view.AskConverged(c.ctx, c.db(0))
	c.must(err)
	return conv
}
