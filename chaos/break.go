package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/distributedstorage/ds/chaos/history"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/schedule"
)

// breakThings lets clients work for the plan's duration while its steps are carried out. At the end everything is up.
func (t *trial) breakThings(ctx context.Context, counters *counters) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t.recorder = history.NewRecorder()
	progress := newProgress(t.recorder, counters, t.plan.Duration)

	working, stopWork := context.WithCancel(ctx)
	defer stopWork()
	var all errgroup.Group
	all.Go(func() error { return load.Run(working, t.load(), t.recorder) })
	all.Go(func() error { progress.run(working, t.stack.Clients); return nil })
	err := t.carryOut(ctx, counters, progress)
	stopWork()
	if workErr := all.Wait(); err == nil {
		err = workErr
	}
	return err
}

func (t *trial) load() load.Options {
	return load.Options{
		Address: t.stack.Clients, Seed: t.plan.Seed, Workers: t.Workers, Rate: t.Rate,
		HotKeys: t.HotKeys, Databases: databases, MaxValue: t.MaxValue,
	}
}

// carryOut does each step at its time, and returns when the duration is over.
func (t *trial) carryOut(ctx context.Context, counters *counters, progress *progress) error {
	begin := time.Now()
	for _, step := range t.plan.Steps {
		if err := waitUntil(ctx, begin.Add(step.At)); err != nil {
			return err
		}
		progress.enter(step)
		counters.sample(ctx) // a router that dies takes its counts with it
		if err := t.do(ctx, step); err != nil {
			return fmt.Errorf("%v: %w", step, err)
		}
	}
	return waitUntil(ctx, begin.Add(t.plan.Duration))
}

func (t *trial) do(ctx context.Context, step schedule.Step) error {
	switch step.Action {
	case schedule.Kill:
		return t.stack.Kill(ctx, step.Target)
	case schedule.Start:
		return t.stack.Start(ctx, step.Target)
	case schedule.Pause:
		return t.stack.Pause(ctx, step.Target)
	case schedule.Unpause:
		return t.stack.Unpause(ctx, step.Target)
	}
	return fmt.Errorf("there is no action %q", step.Action)
}

func waitUntil(ctx context.Context, moment time.Time) error {
	timer := time.NewTimer(time.Until(moment))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
