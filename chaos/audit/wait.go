package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/view"
)

const pollEvery = 100 * time.Millisecond

// Until asks again and again until ask says true, or the time is over; then the error says what it said last.
func Until(ctx context.Context, limit time.Duration, what string, ask func(context.Context) (done bool, state string)) error {
	deadline := time.Now().Add(limit)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		done, state := ask(attempt)
		cancel()
		if done {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("not within %v: %s; at last: %s", limit, what, state)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Converged waits until the store has proved, at a moment not before since, that nothing is owed and all copies are equal.
func Converged(ctx context.Context, client *redis.Client, since time.Time, limit time.Duration) error {
	return Until(ctx, limit, "the store converges", func(ctx context.Context) (bool, string) {
		c, err := view.AskConverged(ctx, client)
		if err != nil {
			return false, err.Error()
		}
		return c.Converged && c.ProvedAt >= since.UnixMilli(), fmt.Sprintf("%+v", c)
	})
}

// States waits until DS SERVERS shows each server in the state that is wanted of it; servers not named may be in any.
func States(ctx context.Context, client *redis.Client, want map[int]string, limit time.Duration) error {
	return Until(ctx, limit, fmt.Sprintf("servers are %v", want), func(ctx context.Context) (bool, string) {
		servers, err := view.AskServers(ctx, client)
		if err != nil {
			return false, err.Error()
		}
		found := 0
		for _, s := range servers {
			if state, ok := want[s.Number]; ok && state == s.State {
				found++
			}
		}
		return found == len(want), fmt.Sprintf("%+v", servers)
	})
}

// AllInSync waits until all the servers are in sync.
func AllInSync(ctx context.Context, client *redis.Client, servers int, limit time.Duration) error {
	want := map[int]string{}
	for i := range servers {
		want[i] = "in-sync"
	}
	return States(ctx, client, want, limit)
}
