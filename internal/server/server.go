package server

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/engine"
)

// Server is one server. Several may live in a process.
type Server struct {
	cfg     Config
	log     *zap.Logger
	metrics *metrics

	store   replica.Store
	replica *replica.Replica
	durable atomic.Uint64 // what the latest sync returned

	cancel context.CancelFunc // set by Start
	ended  chan struct{}      // closed when the volume is

	failOnce sync.Once
	failed   chan struct{}
	failure  error // set before failed is closed

	mu struct {
		sync.Mutex
		open    bool  // the volume
		session bool  // with the router
		refused error // by either side; nil once a router was accepted
		trouble error // why the last link ended or did not come about
	}
}

// New is a server that has not started; it does nothing but register its metrics.
func New(cfg Config) *Server {
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	if cfg.RetryFirst == 0 {
		cfg.RetryFirst = retryFirst
	}
	if cfg.RetryMost == 0 {
		cfg.RetryMost = retryMost
	}
	s := &Server{
		cfg: cfg, log: cfg.Log.With(zap.Uint16("server", uint16(cfg.Number))), metrics: newMetrics(),
		ended: make(chan struct{}), failed: make(chan struct{}),
	}
	if cfg.Metrics != nil {
		s.metrics.register(cfg.Metrics)
	}
	return s
}

// Start opens the volume and begins to dial the router, for ever. Ending ctx is an orderly stop, like
// TurnOff. After an error, which is the operator's, nothing runs.
func (s *Server) Start(ctx context.Context) error {
	began := time.Now()
	store, err := engine.Open(s.cfg.Data, engine.Options{FS: s.cfg.FS, Logf: s.log.Sugar().Infof})
	if err != nil {
		return err
	}
	s.log.Info("volume is open", zap.String("data", s.cfg.Data), zap.Stringer("store", store.Identity().Store),
		zap.Duration("took", time.Since(began)))
	s.begin(ctx, store)
	return nil
}

// begin takes over an open store.
func (s *Server) begin(ctx context.Context, store replica.Store) {
	s.store = store
	s.replica = replica.New(replica.Config{Number: s.cfg.Number}, store)
	ctx, s.cancel = context.WithCancel(ctx)
	s.mu.Lock()
	s.mu.open = true
	s.mu.Unlock()
	go s.run(ctx)
}

// Wait returns nil when ctx ends, or the error that ended the server, which then still has to be
// turned off: its volume must be reopened, by a restart.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-s.failed:
		return s.failure
	case <-ctx.Done():
		return nil
	}
}

// TurnOff ends the server: what it has is synced, the router is told, the volume is closed. It returns
// after stopTimeout at the latest, even if the disk hangs. It may be called again, and after a failed Start.
func (s *Server) TurnOff() {
	if s.cancel == nil {
		return
	}
	s.cancel()
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-s.ended:
	case <-timer.C:
		s.log.Error("the volume did not close in time: its disk hangs", zap.Duration("waited", stopTimeout))
	}
}

// run dials until the end, then closes the volume.
func (s *Server) run(ctx context.Context) {
	defer close(s.ended)
	if err := s.replica.Check(); err != nil {
		s.refuse(err)
		<-ctx.Done() // nothing but another volume or number helps
	} else {
		s.dialForever(ctx)
	}
	s.closeVolume()
	s.log.Info("server is off")
}

// closeVolume makes durable what is left, unless the volume failed.
func (s *Server) closeVolume() {
	s.mu.Lock()
	s.mu.open, s.mu.session = false, false
	s.mu.Unlock()
	select {
	case <-s.failed:
	default:
		_, err := s.store.Sync()
		if err = errors.Join(err, s.replica.Remember()); err != nil {
			s.fail(err)
		}
	}
	if err := s.store.Close(); err != nil {
		s.log.Error("closing the volume", zap.Error(err))
	}
}

// fail makes an error of the store final: what is durable is not known any more.
func (s *Server) fail(err error) {
	s.failOnce.Do(func() {
		s.failure = err
		close(s.failed)
		s.log.Error("the volume failed; the server must be restarted", zap.Error(err))
	})
}
