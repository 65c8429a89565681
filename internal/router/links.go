package router

import (
	"errors"
	"net"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/link"
	"github.com/distributedstorage/ds/internal/ring"
)

const (
	// maxLinks bounds the servers' connections, those without a session included.
	maxLinks = 4 * ring.MaxServers
	// helloTimeout is how long a new connection may take to say who it is.
	helloTimeout = 10 * time.Second
	// farewellTimeout is how long a peer may take to read the last frame before a close.
	farewellTimeout = time.Second
	// stepFrames bounds the frames of one step, so that no server holds the lock for long.
	stepFrames = 256
	// keepOut is what the outbox of a link may keep for reuse, in bytes: a round of chunks fits.
	keepOut = 256 << 10
	// acceptPause follows a failed accept, for example without file descriptors.
	acceptPause = 50 * time.Millisecond
)

// serverLink is a server's connection, or one that wants to be.
type serverLink struct {
	id       coord.LinkID
	in       *link.Reader
	out      *link.Outbox
	log      *zap.Logger
	admitted atomic.Bool  // it was welcomed: frames may be long
	large    atomic.Int64 // large frames that have not left
	chunks   int64        // that had come then
	taken    int64        // bytes that had left at the last tick; under the lock
	turn     uint64       // the last that gave it bytes; under the lock
}

// acceptServers runs until the listener is closed.
func (r *Router) acceptServers(l net.Listener) {
	defer r.running.Done()
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			r.log.Warn("a server's connection can't be accepted", zap.Error(err))
			select {
			case <-r.stopping:
			case <-time.After(acceptPause):
			}
			continue
		}
		if !r.admit(conn) {
			conn.Close()
		}
	}
}

// admit starts a link, unless there are too many or the router is stopping.
func (r *Router) admit(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.stopped || len(r.mu.links) >= maxLinks {
		return false
	}
	r.mu.lastLink++
	l := &serverLink{id: r.mu.lastLink, in: link.NewReader(conn), out: link.NewOutbox(conn, nil)}
	l.out.SetKeep(keepOut)
	l.out.OnLeft(func(ticket uint64) { r.leftLink(coord.InLeft, l, ticket) })
	l.log = r.log.With(zap.Uint64("link", uint64(l.id)), zap.Stringer("from", conn.RemoteAddr()))
	r.mu.links[l.id] = l
	r.running.Add(1)
	go r.serveLink(l, l.in)
	return true
}

// serveLink reads a link from its hello to its end. The core hears of the end once, after the
// connection is closed; of a link that never said anything it hears nothing.
func (r *Router) serveLink(l *serverLink, in *link.Reader) {
	defer r.running.Done()
	spoke, err := r.readLink(l, in)
	l.out.Close()
	r.mu.Lock()
	delete(r.mu.links, l.id)
	r.mu.Unlock()
	if spoke {
		r.step([]coord.Input{{Kind: coord.InLinkDown, Link: l.id}})
	}
	l.log.Info("link ended", zap.NamedError("cause", err))
}

func (r *Router) readLink(l *serverLink, in *link.Reader) (spoke bool, err error) {
	in.SetSilence(helloTimeout)
	frames, err := in.Next()
	if err != nil {
		return false, err
	}
	in.SetSilence(0) // from here on the core judges silence
	batch := make([]coord.Input, 0, stepFrames)
	kind := coord.InHello
	for err == nil {
		for _, frame := range frames {
			batch = append(batch, coord.Input{Kind: kind, Link: l.id, Bytes: frame})
			kind = coord.InFrame
			if len(batch) == stepFrames {
				r.step(batch)
				batch = batch[:0]
			}
		}
		r.step(batch)
		batch = batch[:0]
		if l.admitted.Load() {
			in.Admit()
		}
		frames, err = in.Next()
	}
	return true, err
}

// end closes a link as the core wants; its reader then reports it.
func (r *Router) end(e *ending) {
	if e.reason != "" {
		e.link.log.Info("closing a link", zap.String("reason", e.reason))
	}
	if e.finish {
		e.link.out.Finish(farewellTimeout)
		return
	}
	e.link.out.Close()
}
