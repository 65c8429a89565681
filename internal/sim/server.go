package sim

import (
	"math"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

// Server drives a replica as internal/server does, over a model volume.
type Server struct {
	w       *World
	number  ring.Server
	volume  *model.Volume
	store   *model.Store // nil = down
	replica *replica.Replica
	session *replica.Session
	link    coord.LinkID // 0 = not connected
	router  *Router      // at the other end of it
	welcome bool         // the hello was answered
	refused string
	durable replica.LSN
	wiped   byte

	// HoldIn keeps frames of the router from arriving, HoldOut those of the server, HoldSync its
	// disk from becoming durable. Unplugged keeps it from dialling.
	HoldIn, HoldOut, HoldSync, Unplugged bool

	in, out       []byte // in flight
	inSeq, outSeq uint32 // received
	answers       replica.Answers
}

func newServer(w *World, n ring.Server) *Server {
	return &Server{w: w, number: n, volume: model.NewVolume(kv.ID{0x50, byte(n)})}
}

// Start boots the server on its volume.
func (s *Server) Start() error {
	st, err := s.volume.Open()
	if err != nil {
		return err
	}
	s.store, s.durable = st, st.LSN()
	s.replica = replica.New(replica.Config{Number: s.number}, st)
	return nil
}

// Kill ends the server as kill -9 with a power loss does.
func (s *Server) Kill() {
	s.HangUp()
	if s.store != nil {
		_ = s.store.Close() // a model store always closes
		s.store = nil
	}
}

// Wipe replaces the volume by an empty one.
func (s *Server) Wipe() {
	s.wiped++
	s.volume.Wipe(kv.ID{0x50, byte(s.number), s.wiped})
}

// HangUp closes the server's connection; the router learns of it when it runs.
func (s *Server) HangUp() {
	if s.link == 0 {
		return
	}
	if r := s.router; r.core != nil {
		r.queue = append(r.queue, coord.Input{Kind: coord.InLinkDown, Link: s.link})
	}
	s.link, s.session, s.in, s.out = 0, nil, nil, nil
}

// Connect dials a router that is up.
func (s *Server) Connect() bool {
	if s.store == nil || s.link != 0 || s.Unplugged || s.refused != "" || !s.w.Router.Up() || s.w.Router.failed {
		return false
	}
	s.w.nextLink++
	s.link, s.router, s.welcome, s.inSeq, s.outSeq = s.w.nextLink, s.w.Router, false, 0, 0
	s.session = s.replica.Begin()
	s.out = s.session.Hello(nil)
	return true
}

// receive lets the server handle what has arrived.
func (s *Server) receive() bool { return s.ReceiveSome(math.MaxInt) }

// ReceiveSome lets the server handle the first frames of what has arrived.
func (s *Server) ReceiveSome(most int) bool {
	if s.link == 0 || s.HoldIn || len(s.in) == 0 {
		return false
	}
	var frames [][]byte
	for len(frames) < most {
		f, err := wire.Split(s.in, s.inSeq+1)
		if err != nil {
			s.w.Printf("server %d: %v", s.number, err)
			s.HangUp()
			return true
		}
		if f == nil {
			break
		}
		s.inSeq++
		s.in = s.in[len(f):]
		frames = append(frames, f)
	}
	if !s.w.Quiet {
		s.w.traceFrames("router → %d", s.number, frames)
	}
	if !s.welcome {
		s.welcome = true
		if _, err := s.session.Welcome(frames[0], &s.answers); err != nil {
			s.w.Printf("server %d: %v", s.number, err)
			s.refused = err.Error()
			s.HangUp()
			return true
		}
		frames = frames[1:]
	}
	s.session.Queue.Add(&s.answers)
	for len(frames) > 0 {
		n, err := s.session.Handle(frames, s.durable, &s.answers)
		s.session.Queue.Add(&s.answers)
		if err != nil {
			s.w.Printf("server %d: %v", s.number, err)
			s.HangUp()
			return true
		}
		frames = frames[n:]
	}
	return true
}

// Sync makes the server's disk durable and lets answers leave.
func (s *Server) Sync() bool {
	if s.link == 0 || s.session == nil {
		return false
	}
	if !s.HoldSync && s.session.Queue.Waits() > s.durable {
		s.durable, _ = s.store.Sync()
	}
	before := len(s.out)
	s.out = s.session.Queue.Release(s.durable, s.out)
	return len(s.out) > before
}

// syncNow makes the server's disk durable though no answer waits for it.
func (s *Server) syncNow() { s.durable, _ = s.store.Sync() }

// deliver hands the server's frames to the router.
func (s *Server) deliver() bool { return s.DeliverSome(math.MaxInt) }

// DeliverSome hands the first of the server's frames to the router.
func (s *Server) DeliverSome(most int) bool {
	r := s.w.Router
	if s.link == 0 || s.HoldOut || len(s.out) == 0 || r.core == nil || s.router != r {
		return false
	}
	var inputs []coord.Input
	var frames [][]byte
	for len(frames) < most {
		f, err := wire.Split(s.out, s.outSeq+1)
		if err != nil {
			panic(err)
		}
		if f == nil {
			break
		}
		s.outSeq++
		s.out = s.out[len(f):]
		kind := coord.InFrame
		if s.outSeq == 1 {
			kind = coord.InHello
		}
		frames = append(frames, f)
		inputs = append(inputs, coord.Input{Kind: kind, Link: s.link, Bytes: f})
	}
	s.w.sawFrames(s.number, frames)
	r.Step(inputs...)
	return true
}

// toServer puts bytes on the way to whoever has the link.
func (w *World) toServer(link coord.LinkID, b []byte) {
	for _, s := range w.Servers {
		if s.link == link {
			s.in = append(s.in, b...)
		}
	}
}

// closed ends a link from the router's side.
func (w *World) closed(link coord.LinkID) {
	for _, s := range w.Servers {
		if s.link == link {
			s.receiveAll()
			s.HangUp()
			return
		}
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
