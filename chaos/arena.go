package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/distributedstorage/ds/chaos/account"
	"github.com/distributedstorage/ds/chaos/audit"
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

// arena has the project that scenarios are played on in turn. Each begins with a store that has converged and was
// looked at, and has keys of its own; one that ended badly is followed by a new project.
type arena struct {
	settings
	stack  *stack.Stack
	played int // scenarios, for the names of their keys
}

// play plays one scenario from a store in sync to the verdict.
func (a *arena) play(ctx context.Context, plan schedule.Plan) *account.Scenario {
	say("scenario %s, seed %d, %v: %s", plan.Scenario, plan.Seed, plan.Duration, schedule.About(plan.Scenario))
	t := newTrial(a.settings, plan, fmt.Sprintf("%d-", a.played))
	a.played++
	err := a.prepare(ctx, plan.Proxied)
	if err == nil {
		t.stack = a.stack
		err = t.play(ctx)
	}
	if err != nil {
		t.account.Fault = err.Error()
	} else {
		t.account.Judge(plan.Demand)
	}
	if !t.account.Passed() {
		a.drop()
	}
	if plan.Last {
		a.clear()
	}
	return t.account
}

// prepare gives a project in sync: the one that runs, if it has the links that are wanted, else a new one.
func (a *arena) prepare(ctx context.Context, proxied bool) error {
	if a.stack != nil && proxied == (a.stack.Proxy != "") {
		return nil
	}
	a.clear()
	var err error
	if proxied {
		a.stack, err = stack.NewProxied(ctx, a.Dir, "ds-chaos")
	} else {
		a.stack, err = stack.New(ctx, a.Dir, "ds-chaos")
	}
	if err != nil {
		return err
	}
	if err := a.build(ctx, proxied); err != nil {
		return err
	}
	if err := a.stack.BuildTools(ctx); err != nil {
		return err
	}
	say("bringing up project %s, clients on %s", a.stack.Project, a.stack.Clients)
	if err := a.stack.Up(ctx); err != nil {
		return err
	}
	if proxied {
		if err := a.stack.OpenLink(ctx); err != nil {
			return err
		}
	}
	client := load.Client(a.stack.Clients, 0)
	defer client.Close()
	return audit.AllInSync(ctx, client, servers, ready)
}

func (a *arena) build(ctx context.Context, proxied bool) error {
	if a.Build {
		say("building the images")
		if err := a.stack.Build(ctx); err != nil {
			return err
		}
	}
	if proxied {
		say("building the proxy's image, where it is not there yet")
		return a.stack.BuildProxy(ctx)
	}
	return nil
}

// cleaning is how long the removal of a project may take.
const cleaning = 2 * time.Minute

// drop shows what the containers of a bad run said last, and removes the project unless it is to be kept.
func (a *arena) drop() {
	if a.stack == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleaning)
	defer cancel()
	for _, service := range a.stack.Services() {
		fmt.Fprintf(os.Stderr, "--- the last lines of %s\n", service)
		_ = a.stack.Logs(ctx, os.Stderr, service, 25)
	}
	if a.Keep {
		say("left running: project %s, clients on %s, ops on %s", a.stack.Project, a.stack.Clients, a.stack.Ops)
		a.stack = nil
	}
	a.clear()
}

// clear removes the project.
func (a *arena) clear() {
	if a.stack == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleaning)
	defer cancel()
	if err := a.stack.Destroy(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "chaos: clean up:", err)
	}
	a.stack = nil
}
