package embed

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/distributedstorage/ds/embed/internal/killfs"
	"github.com/distributedstorage/ds/internal/config"
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/ops"
	"github.com/distributedstorage/ds/internal/router"
)

// RouterNode is a router that can be started and turned off, again and again, on the same volume and
// at the same addresses. Its methods are safe for concurrent use.
type RouterNode struct {
	cfg RouterConfig

	mu struct {
		sync.Mutex
		settings config.Router // with the ports that were given by the kernel
		run      *router.Router
		ops      *ops.Server
		disk     *killfs.FS
		metrics  *prometheus.Registry
	}
}

// Router is a router that does nothing until Start.
func Router(cfg RouterConfig) *RouterNode {
	r := &RouterNode{cfg: cfg}
	r.mu.settings = cfg.settings()
	return r
}

// Start opens the volume and the ports. It returns once the router serves; servers may come before or after. An
// error lists all faults of the configuration, or tells what is in the way.
func (r *RouterNode) Start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.run != nil {
		return errors.New("embed: the router runs already")
	}
	if err := r.cfg.validate(); err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	cfg := router.FromSettings(r.mu.settings, r.cfg.Log, registry)
	if r.cfg.Killable {
		r.mu.disk = killfs.New()
		cfg.FS = r.mu.disk
	}
	run := router.New(cfg)
	if err := run.Start(context.Background()); err != nil {
		return err
	}
	port, err := startOps(r.mu.settings.Ops, run, registry)
	if err != nil {
		run.TurnOff()
		return err
	}
	r.mu.run, r.mu.ops, r.mu.metrics = run, port, registry
	r.mu.settings.Clients, r.mu.settings.Servers = run.ClientsAddr(), run.ServersAddr()
	if port != nil {
		r.mu.settings.Ops = port.Addr()
	}
	return nil
}

// TurnOff stops the router in an orderly way: clients get the answers they wait for (at most 10 s), the
// journal is closed. It does nothing if the router does not run.
func (r *RouterNode) TurnOff() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopLocked()
}

// Kill stops the router so that its volume looks as after a kill -9: nothing of the orderly end is
// written. Writes under way are answered no more. The router must be Killable.
func (r *RouterNode) Kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.run != nil {
		r.mu.run.Abandon() // or it would acknowledge what the disk forgets
		r.mu.disk.Kill()
	}
	r.stopLocked()
}

// BreakDisk makes syncs of the router's volume fail from now on, as on a broken disk, or work again. The router
// must be Killable, and have been started.
func (r *RouterNode) BreakDisk(broken bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.disk.Break(broken)
}

func (r *RouterNode) stopLocked() {
	if r.mu.run == nil {
		return
	}
	stopOps(r.mu.ops)
	r.mu.run.TurnOff()
	r.mu.run, r.mu.ops = nil, nil
}

// Running tells that Start succeeded and the router was not stopped since.
func (r *RouterNode) Running() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mu.run != nil
}

// Metrics is what the operators' port shows, of the last start; nil before it.
func (r *RouterNode) Metrics() prometheus.Gatherer {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.metrics == nil {
		return nil
	}
	return r.mu.metrics
}

// Healthy is nil while the router runs and its journal takes writes, else the reason.
func (r *RouterNode) Healthy() error {
	r.mu.Lock()
	run := r.mu.run
	r.mu.Unlock()
	if run == nil {
		return errOff
	}
	return run.Healthy()
}

// ClientsAddr is the address for clients; with the port that the kernel gave once the router was started.
func (r *RouterNode) ClientsAddr() string { return r.current().Clients }

// ServersAddr is the address for servers, likewise.
func (r *RouterNode) ServersAddr() string { return r.current().Servers }

// OpsAddr is the address for operators, likewise; empty if there is none.
func (r *RouterNode) OpsAddr() string { return r.current().Ops }

func (r *RouterNode) current() config.Router {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mu.settings
}

// Wait returns nil when the context ends (at once if the router is off), or the error that ended the router, which
// then still has to be turned off.
func (r *RouterNode) Wait(ctx context.Context) error {
	r.mu.Lock()
	run := r.mu.run
	r.mu.Unlock()
	if run == nil {
		return nil
	}
	return run.Wait(ctx)
}

// AwaitInSync waits until every server is in sync, so that every key can be read. The error is the context's,
// or that the router is off.
func (r *RouterNode) AwaitInSync(ctx context.Context) error {
	tick := time.NewTicker(inSyncInterval)
	defer tick.Stop()
	for {
		r.mu.Lock()
		run := r.mu.run
		r.mu.Unlock()
		if run == nil {
			return errOff
		}
		if list, err := run.Servers(ctx); err == nil && allInSync(list) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// inSyncInterval is how often AwaitInSync looks.
const inSyncInterval = 5 * time.Millisecond

func allInSync(list []coord.ServerStatus) bool {
	for i := range list {
		if list[i].State != coord.InSync {
			return false
		}
	}
	return true
}
