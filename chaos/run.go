package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/distributedstorage/ds/chaos/account"
	"github.com/distributedstorage/ds/chaos/audit"
	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/history"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/schedule"
	"github.com/distributedstorage/ds/chaos/stack"
)

// The shape of docker-compose.yml.
const (
	servers   = 3
	copies    = 2
	databases = 2 // of its 16, that the clients use
)

// ready is how long a store on fresh volumes may take to be in sync, and each wait of the last look.
const ready = 60 * time.Second

// trial is one scenario on one project.
type trial struct {
	settings
	plan     schedule.Plan
	stack    *stack.Stack
	recorder *history.Recorder
	account  *account.Scenario
}

// run plays one scenario from an empty store to the verdict. It removes all that it made.
func run(ctx context.Context, s settings, plan schedule.Plan) *account.Scenario {
	t := &trial{settings: s, plan: plan, account: &account.Scenario{
		Name: plan.Scenario, Seed: plan.Seed, Duration: plan.Duration.Seconds(),
	}}
	say("scenario %s, seed %d, %v: %s", plan.Scenario, plan.Seed, plan.Duration, schedule.About(plan.Scenario))
	if err := t.play(ctx); err != nil {
		t.account.Fault = err.Error()
	}
	if t.account.Fault == "" {
		t.account.Judge(plan.Demand)
	}
	t.cleanUp()
	return t.account
}

// play is the run in order: bring up, break, heal, converge, look, judge.
func (t *trial) play(ctx context.Context) error {
	var err error
	if t.stack, err = stack.New(ctx, t.Dir, "ds-chaos"); err != nil {
		return err
	}
	if t.Build {
		say("building the images")
		if err := t.stack.Build(ctx); err != nil {
			return err
		}
	}
	say("bringing up project %s, clients on %s", t.stack.Project, t.stack.Clients)
	if err := t.stack.Up(ctx); err != nil {
		return err
	}
	client := load.Client(t.stack.Clients, 0)
	defer client.Close()
	if err := audit.AllInSync(ctx, client, servers, ready); err != nil {
		return err
	}
	counters := newCounters(t.stack.Ops)
	if err := t.breakThings(ctx, counters); err != nil {
		return err
	}
	say("healed; waiting until it has converged")
	healed := time.Now()
	if err := audit.Converged(ctx, client, healed, t.Heal); err != nil {
		return err
	}
	t.account.Converge = time.Since(healed).Seconds()
	counters.sample(ctx)
	t.count(counters)
	return t.look(ctx)
}

// count takes what the counters and the history have at the end of the load.
func (t *trial) count(c *counters) {
	a := t.account
	total := c.totals()
	a.Owed, a.Buffered, a.Early, a.Late = total.owed, total.buffered, total.early, total.late
	a.Writes, a.Acknowledged, a.Errors = t.recorder.Writes(), t.recorder.Acknowledged(), t.recorder.Faults()
}

// look reads everything back and checks it against the history.
func (t *trial) look(ctx context.Context) error {
	keys := load.Touched(t.recorder.Operations())
	final, err := audit.Audit{
		Stack: t.stack, Address: t.stack.Clients, Servers: servers, Service: schedule.Server, Say: say, Limit: ready,
	}.Run(ctx, keys, t.recorder)
	if err != nil {
		return err
	}
	ops := t.recorder.Operations()
	t.account.Keys, t.account.Operations = len(final), len(ops)
	say("checking %d operations on %d keys", len(ops), len(final))
	t.account.Findings = check.Run(ops, final, check.Options{Copies: copies})
	return nil
}

// cleanUp shows what the containers said last if the verdict is bad, and removes the project.
func (t *trial) cleanUp() {
	if t.stack == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if !t.account.Passed() {
		for _, service := range t.stack.Services() {
			fmt.Fprintf(os.Stderr, "--- the last lines of %s\n", service)
			_ = t.stack.Logs(ctx, os.Stderr, service, 25)
		}
		if t.Keep {
			say("left running: project %s, clients on %s, ops on %s", t.stack.Project, t.stack.Clients, t.stack.Ops)
			return
		}
	}
	if err := t.stack.Destroy(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "chaos: clean up:", err)
	}
}
