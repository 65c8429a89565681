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
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/schedule"
	"github.com/distributedstorage/ds/chaos/timeline"
	"github.com/distributedstorage/ds/chaos/view"
)

// say prints a line for people.
func say(format string, args ...any) { fmt.Printf("== "+format+"\n", args...) }

// progress shows how the run is doing, and keeps it on the timeline: a line that is written over on a terminal, else one every few seconds.
type progress struct {
	*trial
	terminal bool
	client   *redis.Client // its own, since a step may be waiting with the trial's

	mu struct {
		sync.Mutex
		phase string
	}
}

func newProgress(t *trial) *progress {
	info, err := os.Stdout.Stat()
	p := &progress{trial: t, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
	p.mu.phase = "all up"
	return p
}

// enter is told of each step.
func (p *progress) enter(step schedule.Step) {
	p.mu.Lock()
	p.mu.phase = step.Phase
	p.mu.Unlock()
	p.tell("%v", step)
}

// tell prints a line that stays.
func (p *progress) tell(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	fmt.Printf("   %6.1fs "+format+"\n", append([]any{float64(p.recorder.Now()) / 1e9}, args...)...)
}

// looks is how often the store is asked; a line is printed every so many looks.
const (
	looks     = 500 * time.Millisecond
	plainLine = 10
)

// run looks at the store until the context ends.
func (p *progress) run(ctx context.Context) {
	p.client = load.Client(p.stack.Clients, 0)
	defer p.client.Close()
	tick := time.NewTicker(looks)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			p.end()
			return
		case <-tick.C:
			p.counters.sample(ctx)
			state := p.look(ctx)
			if ctx.Err() == nil && (p.terminal || n%plainLine == 0) {
				p.show(state)
			}
		}
	}
}

func (p *progress) show(state string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	total := p.counters.total
	line := fmt.Sprintf("%3.0f/%.0fs %s | acked %d | %s | early %d late %d | %s", float64(p.recorder.Now())/1e9, p.plan.Duration.Seconds(),
		p.mu.phase, p.recorder.Acknowledged(), state, total(view.EarlyCorrections), total(view.LateCorrections), account.Kinds(p.recorder.Faults()))
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

// look puts the servers' states and what is owed at this moment on the timeline, as far as the router says, and gives it in words.
func (p *progress) look(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	sample := timeline.Sample{Early: p.counters.total(view.EarlyCorrections), Late: p.counters.total(view.LateCorrections)}
	servers, err := view.AskServers(ctx, p.client)
	if err != nil {
		p.line.Add(sample, nil)
		return "router away"
	}
	var states []string
	for _, s := range servers {
		states = append(states, s.State)
	}
	inSync := p.recovered(servers)
	c, err := view.AskConverged(ctx, p.client)
	sample.Known, sample.Owed, sample.Buffered = err == nil, c.Owed, c.Buffered
	p.line.Add(sample, inSync)
	return fmt.Sprintf("%s | owed %d buffered %d", strings.Join(states, " "), c.Owed, c.Buffered)
}

// recovered are the services that are as they should be; the router is when only servers that are broken are away.
func (p *progress) recovered(servers []view.Server) (list []string) {
	broken := p.line.Broken()
	whole := true
	for _, s := range servers {
		service := schedule.Server(s.Number)
		if s.State == "in-sync" {
			list = append(list, service)
		}
		if s.State == "away" && !broken[service] {
			whole = false
		}
	}
	if whole {
		list = append(list, schedule.Router)
	}
	return list
}

// A clock that ticks this much late tells that the machine stood still: no client could see an answer then.
const (
	clockTick = 20 * time.Millisecond
	clockLate = 100 * time.Millisecond
)

// watchClock puts the moments when this machine stood still on the timeline.
func (t *trial) watchClock(ctx context.Context) {
	tick := time.NewTicker(clockTick)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if late := time.Since(last); late > clockLate {
				t.line.Stall(late)
			}
			last = time.Now()
		}
	}
}
