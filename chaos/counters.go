package main

import (
	"context"
	"sync"

	"github.com/distributedstorage/ds/chaos/view"
)

// counted are the router's counters that tell what a run has exercised.
var counted = []string{
	view.Owed, view.Buffered, view.EarlyCorrections, view.LateCorrections, view.Wiped, view.RolledBack, view.Adopted, view.Lost,
}

// counters add up the router's counters over its lives: a counter that fell began again at nothing.
type counters struct {
	address string

	mu struct {
		sync.Mutex
		last view.Metrics
		sum  map[string]float64
	}
}

// newCounters counts from now on.
func newCounters(ctx context.Context, address string) (*counters, error) {
	c := &counters{address: address}
	c.mu.sum = map[string]float64{}
	var err error
	c.mu.last, err = view.AskMetrics(ctx, address)
	return c, err
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
	for _, name := range counted {
		before := c.mu.last[name]
		if now[name] < before {
			before = 0
		}
		c.mu.sum[name] += now[name] - before
	}
	c.mu.last = now
}

// total is what a counter has counted.
func (c *counters) total(name string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int64(c.mu.sum[name])
}
