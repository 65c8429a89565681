package main

import (
	"io"
	"net"
	"sync/atomic"
	"time"
)

// proxy passes a server's connections on to the router, until it is cut: then it takes bytes and passes none on, as
// a network does that drops everything.
type proxy struct {
	listener net.Listener
	target   string
	cut      atomic.Bool
}

func newProxy(target string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, target: target}
	go p.accept()
	return p, nil
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) close() { p.listener.Close() }

func (p *proxy) accept() {
	for {
		server, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		router, err := net.DialTimeout("tcp", p.target, time.Second)
		if err != nil {
			server.Close()
			continue
		}
		go p.pass(server, router)
		go p.pass(router, server)
	}
}

// pass ends both connections with either.
func (p *proxy) pass(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if p.cut.Load() {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil && err != io.ErrShortWrite {
			return
		}
	}
}
