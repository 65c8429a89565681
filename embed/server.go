package embed

import (
	"context"
	"errors"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/distributedstorage/ds/embed/internal/killfs"
	"github.com/distributedstorage/ds/internal/config"
	"github.com/distributedstorage/ds/internal/ops"
	"github.com/distributedstorage/ds/internal/server"
)

// ServerNode is a server that can be started and turned off, again and again, on the same volume. Its
// methods are safe for concurrent use.
type ServerNode struct {
	cfg ServerConfig

	mu struct {
		sync.Mutex
		settings config.Server // with the port that was given by the kernel
		run      *server.Server
		ops      *ops.Server
		disk     *killfs.FS
	}
}

// Server is a server that does nothing until Start.
func Server(cfg ServerConfig) *ServerNode {
	s := &ServerNode{cfg: cfg}
	s.mu.settings = cfg.settings()
	return s
}

// Start opens the volume and returns; the session with the router comes by itself, now or later. An error lists all
// faults of the configuration, or tells what is in the way.
func (s *ServerNode) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.run != nil {
		return errors.New("embed: the server runs already")
	}
	if err := s.cfg.validate(); err != nil {
		return err
	}
	registry := prometheus.NewRegistry()
	cfg := server.FromSettings(s.mu.settings, s.cfg.Log, registry)
	cfg.RetryMost = s.cfg.RetryMost
	if s.cfg.Killable {
		s.mu.disk = killfs.New()
		cfg.FS = s.mu.disk
	}
	run := server.New(cfg)
	if err := run.Start(context.Background()); err != nil {
		return err
	}
	port, err := startOps(s.mu.settings.Ops, run, registry)
	if err != nil {
		run.TurnOff()
		return err
	}
	s.mu.run, s.mu.ops = run, port
	if port != nil {
		s.mu.settings.Ops = port.Addr()
	}
	return nil
}

// TurnOff stops the server in an orderly way: what it has is synced. It does nothing if the server does not run.
func (s *ServerNode) TurnOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopLocked()
}

// Kill stops the server so that its volume looks as after a kill -9: nothing of the orderly end is
// written. There must be no writes under way. The server must be Killable.
func (s *ServerNode) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.run != nil {
		s.mu.disk.Kill()
	}
	s.stopLocked()
}

func (s *ServerNode) stopLocked() {
	if s.mu.run == nil {
		return
	}
	stopOps(s.mu.ops)
	s.mu.run.TurnOff()
	s.mu.run, s.mu.ops = nil, nil
}

// Wait returns nil when the context ends (at once if the server is off), or the error that ended the
// server, which then still has to be turned off.
func (s *ServerNode) Wait(ctx context.Context) error {
	if run := s.current(); run != nil {
		return run.Wait(ctx)
	}
	return nil
}

// Healthy is nil while the server runs, its volume takes writes and no router refuses it, else the reason,
// with what to do.
func (s *ServerNode) Healthy() error {
	if run := s.current(); run != nil {
		return run.Healthy()
	}
	return errOff
}

// Ready is nil while the server has a session with the router, else the reason.
func (s *ServerNode) Ready() error {
	if run := s.current(); run != nil {
		return run.Ready()
	}
	return errOff
}

// OpsAddr is the address for operators, with the port that the kernel gave once the server was started; empty if
// there is none.
func (s *ServerNode) OpsAddr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.settings.Ops
}

func (s *ServerNode) current() *server.Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.run
}
