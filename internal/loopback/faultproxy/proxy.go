package faultproxy

import (
	"errors"
	"net"
	"sync"
	"time"
)

const dialTimeout = 2 * time.Second

// Proxy listens on a port of the loopback for its whole life, and connects whoever comes with the
// upstream of the moment.
type Proxy struct {
	listener net.Listener
	up, down *direction
	running  sync.WaitGroup

	mu struct {
		sync.Mutex
		upstream string // empty: connections are refused
		refuse   bool
		closed   bool
		pairs    map[*pair]struct{}
		made     int
		ended    int
	}
}

// pair is a connection and its continuation.
type pair struct {
	near, far net.Conn
	once      sync.Once
	over      chan struct{}
	freeze    sync.Once
	frozen    chan struct{} // closed: it passes nothing any more, and does not end by itself
}

// New is a proxy without an upstream.
func New() (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, up: newDirection(), down: newDirection()}
	p.mu.pairs = map[*pair]struct{}{}
	p.running.Add(1)
	go p.accept()
	return p, nil
}

// Addr is where it listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Upstream says where connections made from now on lead; empty = nowhere, they are reset.
func (p *Proxy) Upstream(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.upstream = address
}

// Up sets the rules of what flows to the upstream.
func (p *Proxy) Up(r Rules) { p.up.set(r) }

// Down sets the rules of what flows from the upstream.
func (p *Proxy) Down(r Rules) { p.down.set(r) }

// Both sets the rules of both directions.
func (p *Proxy) Both(r Rules) {
	p.Up(r)
	p.Down(r)
}

// Refuse makes it reset new connections, or stop doing so.
func (p *Proxy) Refuse(refuse bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.refuse = refuse
}

// Heal lifts all rules. Connections that suffered from them live on.
func (p *Proxy) Heal() {
	p.Refuse(false)
	p.Both(Rules{})
}

// Cut resets all connections.
func (p *Proxy) Cut() {
	for _, c := range p.list() {
		c.reset()
	}
}

// Freeze makes the connections of this moment half-open: neither side hears of the other again, not even that it
// is gone. New connections are not concerned. Cut ends them.
func (p *Proxy) Freeze() {
	for _, c := range p.list() {
		c.freeze.Do(func() { close(c.frozen) })
	}
}

// Connections counts those made so far, and those of them that have ended.
func (p *Proxy) Connections() (made, ended int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mu.made, p.mu.ended
}

// Close ends it with all its connections.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.mu.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.Cut()
	p.running.Wait()
}

func (p *Proxy) list() []*pair {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []*pair
	for c := range p.mu.pairs {
		list = append(list, c)
	}
	return list
}

func (p *Proxy) accept() {
	defer p.running.Done()
	for {
		near, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		p.running.Add(1)
		go func() {
			defer p.running.Done()
			p.connect(near)
		}()
	}
}

// connect serves one connection to its end.
func (p *Proxy) connect(near net.Conn) {
	c := p.pair(near)
	if c == nil {
		breakOff(near)
		return
	}
	up := &pump{d: p.up, from: c.near, to: c.far, over: c.over, frozen: c.frozen, reset: c.reset, queue: make(chan chunk, queued)}
	down := &pump{d: p.down, from: c.far, to: c.near, over: c.over, frozen: c.frozen, reset: c.reset, queue: make(chan chunk, queued)}
	var both sync.WaitGroup
	both.Add(2)
	go func() { defer both.Done(); up.run() }()
	go func() { defer both.Done(); down.run() }()
	both.Wait()
	c.close()
	p.mu.Lock()
	delete(p.mu.pairs, c)
	p.mu.ended++
	p.mu.Unlock()
}

func (p *Proxy) pair(near net.Conn) *pair {
	p.mu.Lock()
	upstream, refuse := p.mu.upstream, p.mu.refuse || p.mu.closed
	p.mu.Unlock()
	if refuse || upstream == "" {
		return nil
	}
	far, err := net.DialTimeout("tcp", upstream, dialTimeout)
	if err != nil {
		return nil
	}
	c := &pair{near: near, far: far, over: make(chan struct{}), frozen: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.closed {
		breakOff(far)
		return nil
	}
	p.mu.pairs[c] = struct{}{}
	p.mu.made++
	return c
}

// close ends a connection whose both ends have come: the kernel still delivers what was written.
func (c *pair) close() {
	c.once.Do(func() {
		close(c.over)
		_ = c.near.Close()
		_ = c.far.Close()
	})
}

// reset breaks the connection off on both sides.
func (c *pair) reset() {
	c.once.Do(func() {
		close(c.over)
		breakOff(c.near)
		breakOff(c.far)
	})
}

// breakOff closes with a reset: what was not read is lost.
func breakOff(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
