package sim

import (
	"errors"
	"math"
	"slices"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// HangUp closes the server's connection; the router learns of it when it runs.
func (s *Server) HangUp() {
	if s.link == 0 {
		return
	}
	if !s.orphan {
		s.router.linkDown(s.link)
	}
	s.drop()
}

// drop forgets the server's end of its link.
func (s *Server) drop() {
	if s.in.midway() || s.out.midway() {
		s.w.Transfers.CutOff++
	}
	s.link, s.session, s.orphan, s.held, s.heldOut = 0, nil, false, nil, nil
	s.in.close()
	s.out.close()
}

// lose takes the router's end of the link away. What is on the way to the server still arrives; only then does it learn.
func (s *Server) lose() {
	s.orphan = true
	s.out.close()
}

// helloTimeout is how long a server waits for the answer to its hello, in milliseconds.
const helloTimeout = 10_000

// tick gives up a link on which nothing came for too long.
func (s *Server) tick() {
	s.syncInterval()
	patience := s.w.Config.AwayMillis
	if !s.welcome {
		patience = helloTimeout
	}
	if s.link != 0 && !s.Paused && s.w.now.Mono/1e6-s.heard > patience {
		s.w.Printf("server %d: nothing came for too long", s.number)
		s.HangUp()
	}
}

// syncInterval syncs the disk now and then though no answer waits for it.
func (s *Server) syncInterval() {
	now := s.w.now.Mono / 1e6
	if s.w.Config.Durability != wire.DurabilityInterval || s.session == nil || s.Paused || s.HoldSync || now-s.synced < s.w.Config.SyncMillis {
		return
	}
	s.synced = now
	if durable, err := s.store.Sync(); err == nil {
		s.durable = durable
	} else {
		s.fail(err)
	}
}

// mostDials is how often a server dials at one moment: the program pauses between attempts, and a network that spoils every link
// within a few frames would have it go on for ever.
const mostDials = 100

// Connect dials a router that is up.
func (s *Server) Connect() bool {
	if s.store == nil || s.link != 0 || s.Unplugged || s.Paused || s.refused != "" || !s.w.Router.Up() || s.w.Router.failed {
		return false
	}
	if s.dials.at != s.w.now.Mono {
		s.dials.at, s.dials.count = s.w.now.Mono, 0
	}
	if s.dials.count++; s.dials.count > mostDials {
		return false
	}
	s.w.nextLink++
	s.link, s.router, s.welcome = s.w.nextLink, s.w.Router, false
	s.heard = s.w.now.Mono / 1e6
	s.session = s.replica.Begin()
	s.out.push(s.heard, s.session.Hello(nil))
	return true
}

// receive lets the server handle what has arrived.
func (s *Server) receive() bool { return s.ReceiveSome(math.MaxInt) }

// ReceiveSome lets the server handle the first frames of what has arrived.
func (s *Server) ReceiveSome(most int) bool {
	if s.link == 0 || s.HoldIn || s.Paused {
		return false
	}
	s.in.land(s.w.now.Mono / 1e6)
	frames, err := s.in.take(most)
	if err != nil {
		s.w.broken("router → %d", s.number, err)
		s.HangUp()
		return true
	}
	if len(frames) == 0 {
		if s.orphan && s.in.empty() {
			s.HangUp()
			return true
		}
		return false
	}
	s.heard = s.w.now.Mono / 1e6
	if !s.w.Quiet {
		s.w.traceFrames("router → %d", s.number, frames)
	}
	if err := s.handle(frames); err != nil {
		s.ended(err)
	}
	return true
}

func (s *Server) handle(frames [][]byte) error {
	if !s.welcome {
		s.welcome = true
		if _, err := s.session.Welcome(frames[0], &s.answers); err != nil {
			s.refused = err.Error()
			return err
		}
		frames = frames[1:]
	}
	s.session.Queue.Add(&s.answers)
	for len(frames) > 0 {
		n, err := s.session.Handle(frames, s.durable, &s.answers)
		s.session.Queue.Add(&s.answers)
		if err != nil {
			return err
		}
		frames = frames[n:]
	}
	return nil
}

// ended draws the conclusion from the end of a session.
func (s *Server) ended(err error) {
	var broken *replica.StoreError
	if errors.As(err, &broken) {
		s.refused = ""
		s.fail(err)
		return
	}
	s.w.Printf("server %d: %v", s.number, err)
	s.HangUp()
}

// Sync makes the server's disk durable and lets answers leave.
func (s *Server) Sync() bool {
	if s.link == 0 || s.session == nil || s.Paused {
		return false
	}
	if !s.HoldSync && s.session.Queue.Waits() > s.durable {
		durable, err := s.store.Sync()
		if err != nil {
			s.fail(err)
			return true
		}
		s.durable = durable
	}
	s.buf = s.session.Queue.Release(s.durable, s.buf[:0])
	for _, l := range s.session.Queue.TakeLarge() {
		s.heldOut = append(s.heldOut, large{l.Head, l.Value})
	}
	if len(s.buf) == 0 && (len(s.heldOut) == 0 || s.HoldLarge) {
		return false
	}
	if s.orphan {
		s.heldOut = nil // what it says reaches nobody
		return true
	}
	s.out.push(s.w.now.Mono/1e6, s.buf)
	if !s.HoldLarge {
		s.out.pushLarge(s.w.now.Mono/1e6, s.heldOut, s.w.Transfers.left)
		s.heldOut = nil
	}
	return true
}

// syncNow makes the server's disk durable though no answer waits for it.
func (s *Server) syncNow() { s.durable, _ = s.store.Sync() }

// deliver hands the server's frames to the router.
func (s *Server) deliver() bool { return s.DeliverSome(math.MaxInt) }

// DeliverSome hands the first of the server's frames to the router.
func (s *Server) DeliverSome(most int) bool {
	r := s.w.Router
	if s.link == 0 || s.HoldOut || s.orphan || r.core == nil || s.router != r {
		return false
	}
	s.out.land(s.w.now.Mono / 1e6)
	first := s.out.frames.Frames()
	frames, err := s.out.take(most)
	if err != nil {
		s.w.broken("%d → router", s.number, err)
		s.HangUp()
		return true
	}
	if len(frames) == 0 {
		return false
	}
	inputs := s.inputs[:0]
	for _, f := range frames {
		kind := coord.InFrame
		if first == 0 {
			kind = coord.InHello
		}
		first++
		inputs = append(inputs, coord.Input{Kind: kind, Link: s.link, Bytes: f})
	}
	s.w.sawFrames(s.number, frames)
	s.inputs = inputs
	r.Step(inputs...)
	return true
}

// toServer puts bytes on the way to whoever has the link.
func (w *World) toServer(link coord.LinkID, b []byte) {
	for _, s := range w.Servers {
		if s.link == link && !s.orphan {
			s.in.push(w.now.Mono/1e6, b)
		}
	}
}

// largeToServer puts a large frame on the way behind everything else of its step.
func (w *World) largeToServer(link coord.LinkID, l large) {
	for _, s := range w.Servers {
		if s.link == link && !s.orphan {
			s.held = append(s.held, l)
		}
	}
}

// withdraw takes a held large frame out.
func (r *Router) withdraw(link coord.LinkID, ticket uint64) {
	for _, s := range r.w.Servers {
		i := slices.IndexFunc(s.held, func(l large) bool { return l.ticket() == ticket })
		if s.link != link || i < 0 {
			continue
		}
		s.held = slices.Delete(s.held, i, i+1)
		r.w.Transfers.Withdrawn++
		r.queue = append(r.queue, coord.Input{Kind: coord.InWithdrawn, Link: link, Tag: ticket})
	}
}

// leave lets large frames leave the router, unless they are held.
func (s *Server) leave() bool {
	if s.link == 0 || s.HoldLarge || len(s.held) == 0 {
		return false
	}
	s.in.pushLarge(s.w.now.Mono/1e6, s.held, func(ticket uint64, chunks int) {
		s.w.Transfers.left(ticket, chunks)
		s.router.queue = append(s.router.queue, coord.Input{Kind: coord.InLeft, Link: s.link, Tag: ticket})
	})
	s.held = nil
	return true
}

// closed ends a link from the router's side.
func (r *Router) closed(link coord.LinkID) {
	if i := slices.Index(r.ghosts, link); i >= 0 {
		r.ghosts = slices.Delete(r.ghosts, i, i+1)
		r.linkDown(link)
		return
	}
	for _, s := range r.w.Servers {
		if s.link != link || s.orphan {
			continue
		}
		s.receiveAll()
		switch {
		case s.link != link:
		case s.in.empty():
			s.HangUp()
		default:
			r.linkDown(link)
			s.lose()
		}
		return
	}
}

// broken tells that what the network did to a frame closes its link.
func (w *World) broken(way string, n ring.Server, err error) {
	w.Printf(way+": %v", n, err)
	if w.OnBroken != nil {
		w.OnBroken(err)
	}
}

// receiveAll lets what was sent before a close arrive, unless the server is held.
func (s *Server) receiveAll() {
	for s.receive() {
	}
}

func (w *World) linkName(link coord.LinkID) string {
	for _, s := range w.Servers {
		if s.link == link {
			return string('0' + rune(s.number))
		}
	}
	return "?"
}
