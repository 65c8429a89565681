package sim

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim/disk"
)

// Server drives a replica as internal/server does, over a volume of internal/sim/disk.
type Server struct {
	w       *World
	number  ring.Server
	volume  disk.Volume
	store   disk.Store // nil = down
	replica *replica.Replica
	session *replica.Session
	link    coord.LinkID // 0 = not connected
	router  *Router      // at the other end of it
	orphan  bool         // the router's end of the link is gone
	welcome bool         // the hello was answered
	heard   int64        // steady milliseconds when something last arrived
	refused string
	dials   struct {
		at    int64 // the moment of the latest, and how many there were at it
		count int
	}
	durable replica.LSN
	synced  int64 // steady milliseconds of the latest sync of an interval
	wiped   byte

	// HoldIn keeps frames of the router from arriving, HoldOut those of the server, HoldSync its
	// disk from becoming durable. Unplugged keeps it from dialling, Paused from doing anything.
	// HoldLarge keeps frames that travel in chunks from leaving either side, while others pass them.
	HoldIn, HoldOut, HoldSync, HoldLarge, Unplugged, Paused bool
	// Disk is what is wrong with its disk. An error ends the server, as it does the program.
	Disk disk.Faults

	in, out pipe
	held    []large // frames that HoldLarge keeps from leaving the router
	heldOut []large // and the server
	answers replica.Answers
	inputs  []coord.Input
	buf     []byte
}

func newServer(w *World, n ring.Server) *Server {
	return &Server{w: w, number: n, volume: disk.NewModel(kv.ID{0x50, byte(n)})}
}

// Start boots the server on its volume.
func (s *Server) Start() error {
	st, err := s.volume.Open(&s.Disk)
	if err != nil {
		return err
	}
	s.store, s.durable = st, st.LSN()
	s.replica = replica.New(replica.Config{Number: s.number}, st)
	return s.replica.Check()
}

// Kill ends the server as kill -9 with a power loss does.
func (s *Server) Kill() { s.KillTorn(0) }

// KillTorn ends the server when some of what it had not synced has reached the disk: n of 4 parts.
func (s *Server) KillTorn(n int) {
	s.HangUp()
	if s.store != nil {
		s.store.Crash(n)
		s.store = nil
	}
}

// Vanish ends the server as a power loss of its machine does: the router is not told. Of what it had not synced, n of 4 parts have reached the disk.
func (s *Server) Vanish(n int) {
	if s.link != 0 && !s.orphan && s.router.core != nil {
		s.router.ghosts = append(s.router.ghosts, s.link)
	}
	s.drop()
	s.KillTorn(n)
}

// fail ends the server for an error of its disk.
func (s *Server) fail(err error) {
	s.w.Printf("server %d ends: %v", s.number, err)
	if s.w.OnDiskError != nil {
		s.w.OnDiskError(s.number, err)
	}
	kept := 2
	if s.w.OnDiskLoss != nil {
		kept = s.w.OnDiskLoss(s.number)
	}
	s.KillTorn(kept)
}

// Wipe replaces the volume by an empty one.
func (s *Server) Wipe() {
	s.wiped++
	s.volume.Wipe(kv.ID{0x50, byte(s.number), s.wiped})
}
