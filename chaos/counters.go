package main

import (
	"context"
	"sync"

	"github.com/distributedstorage/ds/chaos/view"
)

// totals are the router's counts over the whole run.
type totals struct{ owed, buffered, early, late int64 }

// counters add up the router's counters over its lives: a counter that fell began again at nothing.
type counters struct {
	address string

	mu struct {
		sync.Mutex
		last view.Metrics
		sum  map[string]float64
	}
}

func newCounters(address string) *counters {
	c := &counters{address: address}
	c.mu.sum = map[string]float64{}
	return c
}

// sample reads the counters now; a router that is away changes nothing.
func (c *counters) sample(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := view.AskMetrics(ctx, c.address)
	if err == nil {
		c.addLocked(now)
	}
}

func (c *counters) addLocked(now view.Metrics) {
	for _, name := range []string{view.Owed, view.Buffered, view.EarlyCorrections, view.LateCorrections} {
		before := c.mu.last[name]
		if now[name] < before {
			before = 0
		}
		c.mu.sum[name] += now[name] - before
	}
	c.mu.last = now
}

func (c *counters) totals() totals {
	c.mu.Lock()
	defer c.mu.Unlock()
	return totals{
		owed: int64(c.mu.sum[view.Owed]), buffered: int64(c.mu.sum[view.Buffered]),
		early: int64(c.mu.sum[view.EarlyCorrections]), late: int64(c.mu.sum[view.LateCorrections]),
	}
}
