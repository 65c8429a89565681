package stack

import (
	"context"
	"fmt"
	"time"
)

// The limits that Starve tries, the largest first: a server starts within them, and grows over them when much is written to it.
var limits = []int{24 << 20, 16 << 20, 12 << 20, 8 << 20}

// outgrows is how long a server that is written to may live under one of them.
const outgrows = 5 * time.Second

// Starve gives the container a limit that its program outgrows while much is written to it, so that the kernel kills it. Docker starts
// the program again, under the same limit: it may be killed more than once before Nourish. A limit below what a program has can't be
// set everywhere while it runs, so it is killed by hand first.
func (s *Stack) Starve(ctx context.Context, service string) error {
	for _, limit := range limits {
		if err := s.Kill(ctx, service); err != nil {
			return err
		}
		if err := s.limit(ctx, service, limit); err != nil {
			return err
		}
		if err := s.Start(ctx, service); err != nil {
			return err
		}
		if died, err := s.diesWithin(ctx, service, outgrows); died || err != nil {
			return err
		}
	}
	return fmt.Errorf("%s lives on with %d MiB of memory", service, limits[len(limits)-1]>>20)
}

// Nourish gives the container back what docker-compose.yml allows it, and starts it if Docker has given up on it.
func (s *Stack) Nourish(ctx context.Context, service string) error {
	if err := s.limit(ctx, service, 1<<30); err != nil {
		return err
	}
	return s.Start(ctx, service)
}

func (s *Stack) limit(ctx context.Context, service string, bytes int) error {
	amount := fmt.Sprint(bytes)
	return s.do(ctx, service, "update", "--memory", amount, "--memory-swap", amount)
}

// diesWithin tells whether the kernel kills the program for the container's limit within the time, now or before Docker started it again.
func (s *Stack) diesWithin(ctx context.Context, service string, limit time.Duration) (bool, error) {
	for begin := time.Now(); time.Since(begin) < limit; {
		out, err := s.inspect(ctx, service, "{{.State.OOMKilled}} {{.RestartCount}}")
		if err != nil || out != "false 0" { // Docker counts from the last start by hand
			return err == nil, err
		}
	}
	return false, nil
}
