package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/distributedstorage/ds/chaos/audit"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/schedule"
	"github.com/distributedstorage/ds/chaos/stack"
	"github.com/distributedstorage/ds/chaos/view"
)

// do carries out a step, and notes on the timeline who suffers from when to when.
func (t *trial) do(ctx context.Context, step schedule.Step) error {
	breaks := schedule.Mends(step.Action) != ""
	if breaks {
		t.broken[step.Target] = step.Action
	}
	atOnce := slices.Contains([]schedule.Action{schedule.Crash, schedule.Adopt, schedule.EndAdoption}, step.Action)
	if breaks || atOnce {
		t.line.Break(step.Target, string(step.Action))
	}
	if err := t.act(ctx, step); err != nil {
		return fmt.Errorf("%v: %w", step, err)
	}
	if atOnce || schedule.Mends(t.broken[step.Target]) == step.Action {
		t.line.Mend(step.Target)
		delete(t.broken, step.Target)
	}
	return nil
}

func (t *trial) act(ctx context.Context, step schedule.Step) error {
	s, target := t.stack, step.Target
	switch step.Action {
	case schedule.Kill:
		return t.kill(ctx, target)
	case schedule.Join:
		return t.join(ctx, target)
	case schedule.Deafen:
		return t.block(ctx, target, stack.FromRouter)
	case schedule.Mute:
		return t.block(ctx, target, stack.ToRouter)
	case schedule.Starve:
		return t.starve(ctx, target)
	case schedule.Delay, schedule.Narrow, schedule.Reset:
		return s.Spoil(ctx, toxics[step.Action]...)
	case schedule.Clear:
		return s.Clear(ctx)
	case schedule.Settle:
		return audit.Converged(ctx, t.client, time.Now(), t.Heal)
	case schedule.Adopt:
		return s.Adopt(ctx)
	case schedule.EndAdoption:
		return s.EndAdoption(ctx)
	case schedule.Lose:
		return t.lose(ctx, target)
	}
	simple, ok := map[schedule.Action]func(context.Context, string) error{
		schedule.Start: s.Start, schedule.Pause: s.Pause, schedule.Resume: s.Resume, schedule.Cut: s.Cut, schedule.Crash: s.Crash,
		schedule.Nourish: s.Nourish, schedule.Wipe: s.Wipe, schedule.Save: s.Save, schedule.Restore: s.Restore,
	}[step.Action]
	if !ok {
		return fmt.Errorf("there is no action %q", step.Action)
	}
	return simple(ctx, target)
}

// kill notes what a router had in its table and its buffer.
func (t *trial) kill(ctx context.Context, target string) error {
	if target == schedule.Router {
		short, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		c, err := view.AskConverged(short, t.client)
		if err == nil && c.Owed > 0 && c.Buffered > 0 {
			t.account.RouterFull++
		}
	}
	return t.stack.Kill(ctx, target)
}

// block lets nothing pass in one direction; where this host can't do that, both are cut.
func (t *trial) block(ctx context.Context, target string, d stack.Direction) error {
	err := t.stack.Block(ctx, target, d)
	if errors.Is(err, stack.ErrNoHost) {
		say("%v: %s is cut off in both directions", err, target)
		t.broken[target] = schedule.Cut
		return t.stack.Cut(ctx, target)
	}
	return err
}

func (t *trial) join(ctx context.Context, target string) error {
	switch t.broken[target] {
	case schedule.Deafen:
		return t.stack.Unblock(ctx, target, stack.FromRouter)
	case schedule.Mute:
		return t.stack.Unblock(ctx, target, stack.ToRouter)
	}
	return t.stack.Join(ctx, target)
}

// starve lets the kernel kill a server for want of memory while clients write larger values than usual, so that it needs some.
func (t *trial) starve(ctx context.Context, target string) error {
	burst := t.load
	burst.Prefix += "burst-"
	burst.Workers, burst.Rate, burst.MaxValue, burst.Kept = 4, 500, 16<<10, 0
	bursting, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- load.Run(bursting, burst, t.recorder) }()
	err := t.stack.Starve(ctx, target)
	stop()
	if err == nil {
		t.account.MemoryKilled++
	}
	return errors.Join(err, <-ended)
}

// lostAtOnce bounds the keys of each database that one silent loss takes.
const lostAtOnce = 8

// lose removes some of the keys that nobody writes any more from a server's volume. Clients read them all the while.
func (t *trial) lose(ctx context.Context, target string) error {
	number := schedule.Number(target)
	for database, keys := range t.load.KeptKeys() {
		var lost []string
		for _, key := range keys {
			for _, server := range t.placement[load.Name(database, key)] {
				if server == number && len(lost) < lostAtOnce {
					lost = append(lost, key)
				}
			}
		}
		if err := t.stack.Lose(ctx, target, database, lost); err != nil {
			return err
		}
		t.progress.tell("%s lost %s of database %d", target, strings.Join(lost, " "), database)
	}
	return nil
}

// toxics spoil both directions: an answer takes 0.6 to 1 s in all, above the deadline of 500 ms; a link of 8 KB/s; a connection that
// is reset 300 ms after it was made.
var toxics = map[schedule.Action][]stack.Toxic{
	schedule.Delay: {
		{Type: "latency", Stream: "upstream", Attributes: map[string]int{"latency": 400, "jitter": 100}},
		{Type: "latency", Stream: "downstream", Attributes: map[string]int{"latency": 400, "jitter": 100}},
	},
	schedule.Narrow: {
		{Type: "bandwidth", Stream: "upstream", Attributes: map[string]int{"rate": 8}},
		{Type: "bandwidth", Stream: "downstream", Attributes: map[string]int{"rate": 8}},
	},
	schedule.Reset: {{Type: "reset_peer", Stream: "upstream", Attributes: map[string]int{"timeout": 300}}},
}
