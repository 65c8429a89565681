package main

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/distributedstorage/ds/chaos/account"
	"github.com/distributedstorage/ds/chaos/audit"
	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/history"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/schedule"
	"github.com/distributedstorage/ds/chaos/stack"
	"github.com/distributedstorage/ds/chaos/timeline"
	"github.com/distributedstorage/ds/chaos/view"
)

// kept is how many keys of each database are written once, before anything breaks: silent losses are taken from them.
const kept = 60

// trial is one scenario on one project.
type trial struct {
	settings
	plan      schedule.Plan
	load      load.Options
	stack     *stack.Stack
	client    *redis.Client
	recorder  *history.Recorder
	line      *timeline.Timeline
	counters  *counters
	progress  *progress
	placement map[string][]int // of the hot and the kept keys
	broken    map[string]schedule.Action
	account   *account.Scenario
}

func newTrial(s settings, plan schedule.Plan, prefix string) *trial {
	return &trial{
		settings: s, plan: plan, broken: map[string]schedule.Action{},
		load: load.Options{
			Seed: plan.Seed, Workers: s.Workers, Rate: s.Rate, HotKeys: s.HotKeys, Kept: kept,
			Databases: databases, MaxValue: s.MaxValue, Prefix: prefix,
		},
		account: &account.Scenario{
			Name: plan.Scenario, About: schedule.About(plan.Scenario), Seed: plan.Seed,
			Bound: float64(s.Live.Milliseconds()),
		},
	}
}

// play is the run in order: fill, break, heal, converge, look, judge.
func (t *trial) play(ctx context.Context) error {
	t.recorder = history.NewRecorder()
	t.line = timeline.New(t.recorder.Now)
	t.load.Address = t.stack.Clients
	t.client = load.Client(t.stack.Clients, 0)
	defer t.client.Close()
	var err error
	if t.counters, err = newCounters(ctx, t.stack.Ops); err != nil {
		return err
	}
	if err := t.place(ctx); err != nil {
		return err
	}
	err = t.breakThings(ctx)
	t.line.End()
	t.count()
	if err != nil {
		return err
	}
	say("healed; waiting until it has converged")
	healed := time.Now()
	if err := audit.Converged(ctx, t.client, healed, t.Heal); err != nil {
		return err
	}
	t.account.Converge = time.Since(healed).Seconds()
	t.counters.sample(ctx)
	t.count()
	return t.look(ctx)
}

// place fills the store and asks where the keys are.
func (t *trial) place(ctx context.Context) error {
	if err := load.Fill(t.load, t.recorder); err != nil {
		return err
	}
	keys := t.load.AllHot()
	for database, list := range t.load.KeptKeys() {
		keys[database] = append(keys[database], list...)
	}
	var err error
	t.placement, err = t.audit().Placement(ctx, keys)
	return err
}

func (t *trial) audit() audit.Audit {
	return audit.Audit{Stack: t.stack, Address: t.stack.Clients, Servers: servers, Service: schedule.Server, Router: schedule.Router, Say: say, Limit: ready}
}

// breakThings lets clients work while the plan's steps are carried out. At the end everything is up.
func (t *trial) breakThings(ctx context.Context) error {
	t.progress = newProgress(t)
	working, stopWork := context.WithCancel(ctx)
	defer stopWork()
	var all errgroup.Group
	all.Go(func() error { return load.Run(working, t.load, t.recorder) })
	all.Go(func() error { t.progress.run(working); return nil })
	all.Go(func() error { t.watchClock(working); return nil })
	err := t.carryOut(ctx)
	t.account.Duration = float64(t.recorder.Now()) / 1e9
	stopWork()
	if workErr := all.Wait(); err == nil {
		err = workErr
	}
	return err
}

// carryOut does the steps one after the other. A plan with steps to spare ends where all is well and its time is over.
func (t *trial) carryOut(ctx context.Context) error {
	begin := time.Now()
	for _, step := range t.plan.Steps {
		if t.plan.Open && step.Begins >= t.plan.Must && time.Since(begin) > t.plan.Duration {
			break
		}
		if err := wait(ctx, step.Wait); err != nil {
			return err
		}
		t.progress.enter(step)
		t.counters.sample(ctx) // a router that dies takes its counts with it
		if err := t.do(ctx, step); err != nil {
			return err
		}
	}
	return wait(ctx, t.plan.Rest)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// count takes what the counters and the history have at the end of the load.
func (t *trial) count() {
	a, total := t.account, t.counters.total
	a.Owed, a.Buffered = total(view.Owed), total(view.Buffered)
	a.Early, a.Late = total(view.EarlyCorrections), total(view.LateCorrections)
	a.Wiped, a.RolledBack, a.Adopted, a.Declared = total(view.Wiped), total(view.RolledBack), total(view.Adopted), total(view.Lost)
	a.Writes, a.Acknowledged, a.Errors = t.recorder.Writes(), t.recorder.Acknowledged(), t.recorder.Faults()
	ops := t.recorder.Operations()
	a.Operations = len(ops)
	a.Course = account.Course{
		Seconds: a.Duration, Rates: timeline.Rates(ops, int64(a.Duration*1e9)), Samples: t.line.Samples(), Bands: t.line.Bands(),
	}
}

// look reads everything back and checks it against the history.
func (t *trial) look(ctx context.Context) error {
	ops := t.recorder.Operations()
	liveness := t.liveness()
	classes, slow := liveness.Judge(ops)
	t.account.Classes, t.account.Findings = classes, slow
	t.account.Worst = liveness.WorstWrites(ops, time.Second)

	final, err := t.audit().Run(ctx, load.Touched(ops), t.recorder)
	if err != nil {
		return err
	}
	ops = t.recorder.Operations()
	t.account.Keys, t.account.Operations = len(final), len(ops)
	say("checking %d operations on %d keys", len(ops), len(final))
	t.account.Findings = append(check.Run(ops, final, check.Options{Copies: copies}), slow...)
	return nil
}

// redial is how long a client may go on without a router that is back: its library dials once a second after several failures.
const redial = 2 * time.Second

// liveness is what the run has seen of outages.
func (t *trial) liveness() check.Liveness {
	l := check.Liveness{Placement: t.placement, Bound: t.Live}
	for _, b := range t.line.Bands() {
		if b.Service == schedule.Router {
			b.To += int64(redial)
		}
		l.Outages = append(l.Outages, check.Outage{
			Span: check.Span{From: b.From, To: b.To}, Server: schedule.Number(b.Service), Action: b.Action,
		})
	}
	for _, s := range t.line.Stalls() {
		l.Stalls = append(l.Stalls, check.Span(s))
	}
	return l
}
