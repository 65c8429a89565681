package loopback

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/distributedstorage/ds/internal/loopback/faultproxy"
)

// Servers and Copies are the shape of a Store.
const (
	Servers = 3
	Copies  = 2
)

// startTimeout is for a program to come up on a slow machine; it is an end to waiting, not a demand.
const startTimeout = 60 * time.Second

// Store is a router and its servers. Clients and servers reach the router through proxies, which keep their addresses
// while the router lives, dies and listens on other ports.
type Store struct {
	Front   *faultproxy.Proxy // clients come through it
	Links   [Servers]*faultproxy.Proxy
	Router  *Program
	Servers [Servers]*Program
	Direct  string // where the router itself listens for clients, in this life
}

// timings are at or below the defaults, so that being away is noticed soon; nothing that must hold depends on them.
var timings = []string{"--deadline", "400ms", "--heartbeat", "100ms", "--away-after", "2s", "--sweep-interval", "500ms"}

// New is a store with empty volumes below the folder; nothing runs. The settings are further flags of the router.
func New(b Binaries, dir string, settings ...string) (*Store, error) {
	s := &Store{Router: &Program{
		Name: "router", Binary: b.Router, Dir: filepath.Join(dir, "router"),
		Args: append(append([]string{"--servers", "127.0.0.1:0", "--clients", "127.0.0.1:0", "--ops", "127.0.0.1:0",
			"--number-of-servers", strconv.Itoa(Servers), "--duplication", strconv.Itoa(Copies - 1)}, timings...), settings...),
	}}
	var err error
	if s.Front, err = faultproxy.New(); err != nil {
		return nil, err
	}
	for i := range s.Servers {
		if s.Links[i], err = faultproxy.New(); err != nil {
			return nil, err
		}
		s.Servers[i] = &Program{
			Name: fmt.Sprintf("server-%d", i), Binary: b.Server, Dir: filepath.Join(dir, fmt.Sprintf("server-%d", i)),
			Args: []string{"--router", s.Links[i].Addr(), "--number", strconv.Itoa(i), "--ops", "127.0.0.1:0"},
		}
	}
	return s, nil
}

// Clients is the address for clients.
func (s *Store) Clients() string { return s.Front.Addr() }

// Start starts everything.
func (s *Store) Start(ctx context.Context) error {
	if err := s.StartRouter(ctx); err != nil {
		return err
	}
	for _, p := range s.Servers {
		if err := p.Start(); err != nil {
			return err
		}
	}
	return nil
}

// StartRouter starts the router and leads the proxies to it.
func (s *Store) StartRouter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := s.Router.Start(); err != nil {
		return err
	}
	line, err := s.Router.Says(ctx, "router serves")
	if err != nil {
		return err
	}
	var at struct{ Servers, Clients string }
	if err := json.Unmarshal([]byte(line), &at); err != nil {
		return fmt.Errorf("%q: %w", line, err)
	}
	s.Direct = at.Clients
	s.Front.Upstream(at.Clients)
	for _, l := range s.Links {
		l.Upstream(at.Servers)
	}
	return nil
}

// KillRouter is kill -9; its ports refuse from then on.
func (s *Store) KillRouter() {
	s.disconnect()
	s.Router.Kill()
}

// disconnect leads nobody to the router's ports any more: once it is dead, they may be another program's.
func (s *Store) disconnect() {
	s.Front.Upstream("")
	for _, l := range s.Links {
		l.Upstream("")
	}
}

// Stop stops everything in order.
func (s *Store) Stop() error {
	var all []error
	for _, p := range s.Servers {
		all = append(all, p.Stop())
	}
	s.disconnect()
	return errors.Join(append(all, s.Router.Stop())...)
}

// Close kills what runs and closes the proxies.
func (s *Store) Close() {
	for _, p := range append(s.Servers[:], s.Router) {
		p.Kill()
	}
	for _, l := range append(s.Links[:], s.Front) {
		l.Close()
	}
}
