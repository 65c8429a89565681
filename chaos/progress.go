package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/account"
	"github.com/distributedstorage/ds/chaos/history"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/schedule"
	"github.com/distributedstorage/ds/chaos/view"
)

// say prints a line for people.
func say(format string, args ...any) { fmt.Printf("== "+format+"\n", args...) }

// progress prints how the run is doing: a line that is written over on a terminal, else one every few seconds.
type progress struct {
	recorder *history.Recorder
	counters *counters
	duration time.Duration
	terminal bool

	mu struct {
		sync.Mutex
		phase string
	}
}

func newProgress(r *history.Recorder, c *counters, d time.Duration) *progress {
	info, err := os.Stdout.Stat()
	p := &progress{recorder: r, counters: c, duration: d, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
	p.mu.phase = "all up"
	return p
}

// enter is told of each step.
func (p *progress) enter(step schedule.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.phase = step.Phase
	p.end()
	fmt.Printf("   %v\n", step)
}

// run prints a line every second until the context ends, and samples the counters for it.
func (p *progress) run(ctx context.Context, address string) {
	client := load.Client(address, 0)
	defer client.Close()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	begin := time.Now()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			p.end()
			return
		case <-tick.C:
			p.counters.sample(ctx)
			state := now(ctx, client)
			if ctx.Err() == nil && (p.terminal || n%5 == 0) {
				p.show(time.Since(begin), state)
			}
		}
	}
}

func (p *progress) show(elapsed time.Duration, now string) {
	acked := p.recorder.Acknowledged()
	p.mu.Lock()
	defer p.mu.Unlock()
	total := p.counters.totals()
	line := fmt.Sprintf("%3.0f/%.0fs %s | acked %d | %s | early %d late %d | %s", elapsed.Seconds(), p.duration.Seconds(),
		p.mu.phase, acked, now, total.early, total.late, account.Kinds(p.recorder.Faults()))
	if p.terminal {
		fmt.Printf("\r\x1b[K%.*s", 200, line)
		return
	}
	fmt.Println(line)
}

// end closes a line that would be written over.
func (p *progress) end() {
	if p.terminal {
		fmt.Print("\r\x1b[K")
	}
}

// now is the servers' states and what is owed at this moment, as far as the router says.
func now(ctx context.Context, client *redis.Client) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	servers, err := view.AskServers(ctx, client)
	if err != nil {
		return "router away"
	}
	var states []string
	for _, s := range servers {
		states = append(states, s.State)
	}
	c, err := view.AskConverged(ctx, client)
	if err != nil {
		return strings.Join(states, " ")
	}
	return fmt.Sprintf("%s | owed %d buffered %d", strings.Join(states, " "), c.Owed, c.Buffered)
}
