package stack

import (
	"context"
	"fmt"
	"time"
)

// The limits that Starve tries, from above what a server has at the least: the smallest is Docker's own minimum.
const (
	mostMemory  = 96 << 20
	leastMemory = 6 << 20
	memoryStep  = 2 << 20
)

// Starve lowers the container's limit until the kernel has killed its program for it. Docker starts the program again, under
// the same limit: it may be killed more than once before Nourish.
func (s *Stack) Starve(ctx context.Context, service string) error {
	before, err := s.deaths(ctx, service)
	if err != nil {
		return err
	}
	var refused error // a limit that the kernel can't reach at once; the next allocation meets the one before
	for limit := mostMemory; limit >= leastMemory; limit -= memoryStep {
		if err := s.limit(ctx, service, limit); err != nil {
			refused = err
		}
		died, err := s.diesWithin(ctx, service, before, 50*time.Millisecond)
		if died || err != nil {
			return err
		}
	}
	if died, err := s.diesWithin(ctx, service, before, 5*time.Second); died || err != nil {
		return err
	}
	return fmt.Errorf("%s lives on with %d MiB of memory (%v)", service, leastMemory>>20, refused)
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

// deaths counts how often Docker has started the program again by itself.
func (s *Stack) deaths(ctx context.Context, service string) (n int, err error) {
	out, err := s.inspect(ctx, service, "{{.RestartCount}}")
	if err == nil {
		_, err = fmt.Sscan(out, &n)
	}
	return n, err
}

// MemoryKilled tells that Docker saw the kernel kill the program for its limit, in its last life or the one before.
func (s *Stack) MemoryKilled(ctx context.Context, service string) (bool, error) {
	out, err := s.inspect(ctx, service, "{{.State.OOMKilled}}")
	return out == "true", err
}

func (s *Stack) diesWithin(ctx context.Context, service string, before int, limit time.Duration) (bool, error) {
	for begin := time.Now(); ; {
		killed, err := s.MemoryKilled(ctx, service)
		if killed || err != nil {
			return killed, err
		}
		if n, err := s.deaths(ctx, service); n > before || err != nil {
			return true, err
		}
		if time.Since(begin) > limit {
			return false, nil
		}
	}
}
