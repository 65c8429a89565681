package respserver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/distributedstorage/ds/internal/coord"
)

// Server is the client port. Make one with New, then Start; TurnOff ends it.
type Server struct {
	cfg    Config
	poller Poller
	budget budget
	stats  stats
	runID  string

	answers   answers
	relieving sync.Mutex

	clock    atomic.Int64 // Unix seconds, as of the last look
	started  int64
	listener net.Listener
	done     chan struct{} // closed when the port stops
	helpers  sync.WaitGroup

	mu struct {
		sync.Mutex
		conns   map[coord.ConnID]*Conn
		stopped bool
		empty   chan struct{} // closed when stopped and without connections
	}
	settings settings
}

// stats are counted since the start, or since CONFIG RESETSTAT.
type stats struct {
	opened, rejected, commands, in, out atomic.Int64
}

// Stats are the port's counters.
type Stats struct {
	Clients      int   // connected
	RequestBytes int64 // received and not answered, of connections that hold more than a little
	AnswerBytes  int64 // answered and not taken, or asked for, likewise
	Opened       int64 // connections taken in since the start, or since CONFIG RESETSTAT
	Rejected     int64
	Commands     int64
	BytesIn      int64
	BytesOut     int64
}

// New is a client port that does not listen yet.
func New(cfg Config) *Server {
	cfg.complete()
	s := &Server{cfg: cfg, poller: cfg.Poller(), done: make(chan struct{})}
	var id [20]byte
	_, _ = rand.Read(id[:]) // never fails
	s.runID = hex.EncodeToString(id[:])
	s.budget.init(cfg.RequestBytes)
	s.answers.limit, s.answers.hard = cfg.AnswerBytes, cfg.AnswersMost
	s.mu.conns = map[coord.ConnID]*Conn{}
	s.mu.empty = make(chan struct{})
	s.clock.Store(time.Now().Unix())
	s.started = s.clock.Load()
	s.settings.init(&s.cfg)
	return s
}

// Start listens and serves. An address that can't be had is an error.
func (s *Server) Start() error {
	l, err := net.Listen("tcp", s.cfg.Addr)
	if err != nil {
		return err
	}
	s.listener = l
	s.settings.setPort(s.port())
	s.helpers.Add(2)
	go s.accept()
	go s.watch()
	return nil
}

// Addr is where clients find the port.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

func (s *Server) port() int {
	if a, ok := s.listener.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

// Stats gives the counters.
func (s *Server) Stats() Stats {
	return Stats{
		Clients: s.count(), RequestBytes: s.budget.used(), AnswerBytes: s.answers.used.Load(),
		Opened: s.stats.opened.Load(), Rejected: s.stats.rejected.Load(), Commands: s.stats.commands.Load(),
		BytesIn: s.stats.in.Load(), BytesOut: s.stats.out.Load(),
	}
}

// TurnOff takes no more clients, answers what was begun and closes the connections; when the context ends, it
// closes what is left at once.
func (s *Server) TurnOff(ctx context.Context) {
	s.mu.Lock()
	first := !s.mu.stopped
	s.mu.stopped = true
	if first && len(s.mu.conns) == 0 {
		close(s.mu.empty)
	}
	s.mu.Unlock()
	if first {
		close(s.done)
		if s.listener != nil {
			_ = s.listener.Close()
		}
	}
	for _, c := range s.list() {
		c.stop()
	}
	select {
	case <-s.mu.empty:
	case <-ctx.Done():
		for _, c := range s.list() {
			c.close(reasonStopped)
		}
		<-s.mu.empty
	}
	s.helpers.Wait()
}

const acceptPause = 50 * time.Millisecond

// accept takes clients in until the port stops. Out of file descriptors, it tries again a little later.
func (s *Server) accept() {
	defer s.helpers.Done()
	for {
		nc, err := s.listener.Accept()
		switch {
		case err == nil:
			s.take(nc)
			continue
		case errors.Is(err, net.ErrClosed):
			return
		}
		s.stats.rejected.Add(1)
		s.cfg.Observe(Event{Kind: EventRejected, Reason: reasonAccept})
		select {
		case <-s.done:
			return
		case <-time.After(acceptPause):
		}
	}
}

func (s *Server) take(nc net.Conn) {
	if !s.admit() {
		s.reject(nc)
		return
	}
	c := newConn(s, nc)
	if !s.add(c) {
		s.cfg.Engine.Detach(c.id)
		c.out.Close()
		return
	}
	s.stats.opened.Add(1)
	s.cfg.Observe(Event{Kind: EventOpened, Conn: c.id, Addr: c.addr})
	s.poller.Add(c)
}

// add counts a connection in; false = the port was stopped meanwhile.
func (s *Server) add(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.stopped {
		return false
	}
	s.mu.conns[c.id] = c
	return true
}

func (s *Server) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.mu.stopped && len(s.mu.conns) < s.settings.maxClients()
}

// reject answers in one write, which a new socket always takes.
func (s *Server) reject(nc net.Conn) {
	s.stats.rejected.Add(1)
	_ = nc.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = nc.Write([]byte("-ERR max number of clients reached\r\n"))
	_ = nc.Close()
	s.cfg.Observe(Event{Kind: EventRejected, Addr: nc.RemoteAddr().String(), Reason: reasonLimit})
}

func (s *Server) remove(c *Conn) {
	s.mu.Lock()
	delete(s.mu.conns, c.id)
	if s.mu.stopped && len(s.mu.conns) == 0 {
		close(s.mu.empty)
	}
	s.mu.Unlock()
	e := Event{Kind: EventClosed, Conn: c.id, Addr: c.addr}
	if r := c.reason.Load(); r != nil {
		e.Reason = *r
	}
	s.cfg.Observe(e)
}

func (s *Server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mu.conns)
}

func (s *Server) list() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*Conn, 0, len(s.mu.conns))
	for _, c := range s.mu.conns {
		list = append(list, c)
	}
	return list
}

func (s *Server) find(id coord.ConnID) *Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.conns[id]
}

// seconds is the time in Unix seconds, right to within a second.
func (s *Server) seconds() int64 { return s.clock.Load() }
