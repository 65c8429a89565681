package router

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/journal"
	"github.com/distributedstorage/ds/internal/respserver"
)

const (
	// drainTimeout is the orderly stop's patience with clients that are waiting for answers.
	drainTimeout = 10 * time.Second
	// Of equal log lines, the first so many of a second are written, then one in so many.
	sampleFirst, sampleThen = 20, 1000
)

// Router is one router. Several may live in a process.
type Router struct {
	cfg     Config
	born    time.Time // of Now.Mono
	log     *zap.Logger
	sampled *zap.Logger
	metrics *metrics

	newCore func(coord.Config) core

	listener net.Listener                      // for servers
	clients  atomic.Pointer[respserver.Server] // set once it listens; metrics look at it at any time
	running  sync.WaitGroup
	mending  sync.WaitGroup // see mend
	serving  chan struct{}  // closed once the core serves
	stopping chan struct{}  // closed by TurnOff
	stopOnce sync.Once
	large    largeNews

	failOnce sync.Once
	failed   chan struct{}
	failure  error // set before failed is closed

	mu struct {
		sync.Mutex
		core     core
		journal  *journal.Journal
		tight    bool  // the core was told that the journal's disk is about full
		broken   error // why the journal takes nothing, while it is being opened again
		effects  coord.Effects
		links    map[coord.LinkID]*serverLink
		clients  map[coord.ConnID]*client
		lastLink coord.LinkID
		lastConn coord.ConnID
		serial   uint64 // of the turn under way
		started  bool   // core.Start was called
		serving  bool   // the first core served
		stopped  bool   // the core is stepped no more
	}
}

// core is what the driver asks of *coord.Core; tests script one.
type core interface {
	Restore(key, value []byte) error
	Start(now coord.Now, e *coord.Effects)
	Serving() bool
	Standing() coord.Standing
	Step(now coord.Now, in []coord.Input, e *coord.Effects)
	Stop(now coord.Now, e *coord.Effects)
	Retire(now coord.Now, e *coord.Effects) coord.Legacy
	Inherit(coord.Legacy)
}

// New is a router that has not started; it does nothing but register its metrics.
func New(cfg Config) *Router {
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	r := &Router{
		cfg: cfg, born: time.Now(), log: cfg.Log, metrics: newMetrics(),
		newCore: func(c coord.Config) core { return coord.New(c) },
		large:   largeNews{wake: make(chan struct{}, 1)},
		serving: make(chan struct{}), stopping: make(chan struct{}), failed: make(chan struct{}),
	}
	r.sampled = cfg.Log.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(c, time.Second, sampleFirst, sampleThen)
	}))
	r.mu.links = map[coord.LinkID]*serverLink{}
	r.mu.clients = map[coord.ConnID]*client{}
	if cfg.Metrics != nil {
		r.register(cfg.Metrics)
	}
	return r
}

// Start opens the journal, restores the core, and opens the ports once the core serves. It gives up
// when ctx ends. After an error, which is the operator's, nothing runs.
func (r *Router) Start(ctx context.Context) error {
	if err := r.restore(); err != nil {
		return err
	}
	r.startJournal(r.mu.journal)
	r.running.Add(2)
	go r.tick()
	go r.watchRoom()
	r.startCore()
	if err := r.openPorts(ctx); err != nil {
		r.TurnOff()
		return err
	}
	r.log.Info("router serves", zap.Stringer("servers", r.listener.Addr()), zap.String("clients", r.ClientsAddr()))
	return nil
}

// restore opens the journal and gives its rows to a new core.
func (r *Router) restore() error {
	j, err := journal.Open(r.cfg.Data, journal.Options{
		Geometry: r.cfg.Core.Geometry, FS: r.cfg.FS, MemTable: r.cfg.Core.TableBudget / 8, // which is a share of the memory limit
	})
	if err != nil {
		return err
	}
	core, err := r.restored(j)
	if err != nil {
		return errors.Join(err, j.Close())
	}
	r.mu.journal, r.mu.core, r.mu.tight = j, core, j.Tight()
	return nil
}

func (r *Router) restored(j *journal.Journal) (core, error) {
	epoch, err := j.NextEpoch()
	if err != nil {
		return nil, err
	}
	id := j.Identity()
	cfg := r.cfg.Core
	if cfg.JournalTight = j.CheckRoom(); cfg.JournalTight {
		r.log.Warn("the journal's disk is about full: what is owed shrinks at once", zap.String("data", r.cfg.Data))
	}
	cfg.Cluster, cfg.Journal, cfg.Router, cfg.Epoch = id.Cluster, id.Journal, id.Router, epoch
	rand.Read(cfg.Fresh[:]) // never fails
	core := r.newCore(cfg)
	return core, j.Load(core.Restore)
}

// startCore lets the core journal what it needs before it serves.
func (r *Router) startCore() {
	t := turns.Get().(*turn)
	r.mu.Lock()
	r.mu.effects.Reset()
	r.mu.core.Start(r.now(), &r.mu.effects)
	r.carryOutLocked(t)
	r.mu.started = true
	r.noteServingLocked()
	r.mu.Unlock()
	r.finish(t)
}

func (r *Router) openPorts(ctx context.Context) error {
	select {
	case <-r.serving:
	case <-r.failed:
		return r.failure
	case <-ctx.Done():
		return fmt.Errorf("the router did not come to serve: %w", ctx.Err())
	}
	l, err := net.Listen("tcp", r.cfg.Servers)
	if err != nil {
		return fmt.Errorf("the port for servers can't be opened: %w; choose another --servers", err)
	}
	r.listener = l
	r.running.Add(1)
	go r.acceptServers(l)
	port := r.newClientPort()
	if err := port.Start(); err != nil {
		return fmt.Errorf("the port for clients can't be opened: %w; choose another --clients", err)
	}
	r.clients.Store(port)
	return nil
}

// tick passes time to the core.
func (r *Router) tick() {
	defer r.running.Done()
	ticker := time.NewTicker(coord.TickInterval * time.Millisecond)
	defer ticker.Stop()
	var batch []coord.Input
	for {
		batch = batch[:0]
		select {
		case <-ticker.C:
			batch = append(r.appendMoved(batch), coord.Input{Kind: coord.InTick})
			r.step(r.large.take(batch))
		case <-r.large.wake:
			r.step(r.large.take(batch))
		case <-r.stopping:
			return
		}
	}
}

// ServersAddr is where servers dial in, with the port that the kernel gave. Valid after Start.
func (r *Router) ServersAddr() string { return r.listener.Addr().String() }

// ClientsAddr is where clients connect. Valid after Start.
func (r *Router) ClientsAddr() string { return r.clients.Load().Addr().String() }

// Wait returns nil when ctx ends, or the error that ended the router, which then still has to
// be turned off.
func (r *Router) Wait(ctx context.Context) error {
	select {
	case <-r.failed:
		return r.failure
	case <-ctx.Done():
		return nil
	}
}
