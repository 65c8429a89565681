package faultproxy

import (
	"encoding/binary"
	"io"
	"net"
	"time"
)

const (
	readBytes = 16 << 10
	// queued bounds the chunks between the two ends, so that a held direction pushes back as a full network does.
	queued = 64
)

// chunk is what one read brought.
type chunk struct {
	data []byte
	at   time.Time
	end  error // nothing comes behind it
}

// pump carries one direction of one connection.
type pump struct {
	d        *direction
	from, to net.Conn
	over     <-chan struct{} // the connection was broken off
	frozen   <-chan struct{} // the connection is half-open
	reset    func()          // breaks it off
	queue    chan chunk

	serial int // of the rules under which left was counted
	left   int // bytes
	rest   []byte
}

func (p *pump) run() {
	go p.read()
	for {
		select {
		case <-p.over:
			return
		case c := <-p.queue:
			if !p.pass(c) {
				return
			}
		}
	}
}

func (p *pump) read() {
	rules, _, _ := p.d.get()
	for {
		data := make([]byte, readBytes)
		n, err := p.from.Read(data)
		data = data[:n]
		if rules.Frames != nil {
			data = p.mangle(data, rules.Frames)
		}
		if !p.put(chunk{data, time.Now(), err}) || err != nil {
			return
		}
	}
}

func (p *pump) put(c chunk) bool {
	select {
	case p.queue <- c:
		return true
	case <-p.over:
		return false
	}
}

// mangle cuts what has come into frames: a length of four bytes, little-endian, and as many bytes.
func (p *pump) mangle(data []byte, f func([]byte) []byte) (out []byte) {
	p.rest = append(p.rest, data...)
	for len(p.rest) >= 4 {
		n := 4 + int(binary.LittleEndian.Uint32(p.rest))
		if len(p.rest) < n {
			break
		}
		out = append(out, f(append([]byte(nil), p.rest[:n]...))...)
		p.rest = append([]byte(nil), p.rest[n:]...)
	}
	return out
}

// pass lets one chunk leave as the rules want; false = the direction is at its end.
func (p *pump) pass(c chunk) bool {
	data := c.data
	for {
		select {
		case <-p.frozen:
			<-p.over
			return false
		default:
		}
		rules, serial, changed := p.d.get()
		if serial != p.serial {
			p.serial, p.left = serial, 0
		}
		switch wait := time.Until(c.at.Add(rules.Latency)); {
		case rules.Hold:
			if !p.wait(changed, 0) {
				return false
			}
			continue
		case wait > 0:
			if !p.wait(changed, wait) {
				return false
			}
			continue
		case rules.Drop || len(data) == 0:
			return c.end == nil || p.end(c.end)
		}
		n, ok := p.write(data, &rules)
		if data = data[n:]; !ok {
			return false
		}
	}
}

// wait is for a change of the rules, or so long; false = the connection was broken off.
func (p *pump) wait(changed <-chan struct{}, d time.Duration) bool {
	var timeout <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-changed:
	case <-timeout:
	case <-p.over:
		return false
	}
	return true
}

// write writes one piece.
func (p *pump) write(data []byte, r *Rules) (n int, ok bool) {
	n = len(data)
	if r.Piece > 0 {
		n = min(n, r.Piece)
	}
	if r.Rate > 0 {
		n = min(n, max(1, r.Rate/20))
	}
	if r.ResetAfter > 0 {
		n = min(n, r.ResetAfter-p.left)
	}
	if _, err := p.to.Write(data[:n]); err != nil {
		p.reset()
		return 0, false
	}
	p.left += n
	if r.ResetAfter > 0 && p.left >= r.ResetAfter {
		p.reset()
		return n, false
	}
	if r.Rate > 0 {
		ok = p.wait(nil, time.Duration(n)*time.Second/time.Duration(r.Rate))
		return n, ok
	}
	return n, true
}

// end passes the end on: after a clean one the other direction may still have bytes.
func (p *pump) end(err error) bool {
	if tcp, ok := p.to.(*net.TCPConn); ok && err == io.EOF {
		_ = tcp.CloseWrite()
	} else {
		p.reset()
	}
	return false
}
