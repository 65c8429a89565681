package sim

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/sim/disk"
	"github.com/distributedstorage/ds/internal/wire"
)

// Standing is how a router that runs stands with its servers.
func (r *Router) Standing() coord.Standing { return r.core.Standing() }

// Serves tells that the router runs and answers clients: it is neither unfit nor asking its servers.
func (r *Router) Serves() bool {
	if !r.Up() {
		return false
	}
	st := r.core.Standing()
	return st.Unfit == coord.Fit && !st.Asking
}

// Knowledge is what a server that runs knows of its router: who it was, and the highest sequence of its journal.
func (s *Server) Knowledge() (id replica.Identity, sequence uint64) {
	return s.replica.Identity(), s.replica.Learned()
}

// Reachable tells that the server would dial at once, and that what it says would arrive.
func (s *Server) Reachable() bool {
	now := s.w.now.Mono / 1e6
	return s.store != nil && (s.Disk == disk.Faults{}) && !s.Unplugged && !s.Paused && !s.HoldIn && !s.HoldOut && !s.orphan &&
		s.in.calm(now) && s.out.calm(now)
}

// LinkedTo tells that the server's link is the router's.
func (s *Server) LinkedTo(r *Router) bool { return s.link != 0 && s.router == r }

// Persist makes all that the server holds durable, whatever its disk does.
func (s *Server) Persist() {
	if s.store == nil {
		return
	}
	faults := s.Disk
	s.Disk = disk.Faults{}
	if durable, err := s.store.Sync(); err == nil {
		s.durable = durable
	}
	s.Disk = faults
}

// Durable is up to which apply sequence the server's disk is known to have all.
func (s *Server) Durable() uint64 { return uint64(s.durable) }

// DurableFlush is up to which version the server's disk holds a database to be emptied.
func (s *Server) DurableFlush(db kv.DB) kv.Version { return s.volume.Flushed(db) }

// Value is the value of a record that the server has, if it is there and whole; of a server that is down, what its disk has.
func (s *Server) Value(db kv.DB, key []byte, h kv.Head) ([]byte, bool) {
	if s.store == nil {
		head, v, whole := s.volume.Value(db, key)
		return v, whole && head == h
	}
	faults := s.Disk
	s.Disk = disk.Faults{} // what can't be read now is not lost
	head, v, _, status := s.store.Read(db, key, nil)
	s.Disk = faults
	return v, status == wire.StatusOK && head == h
}
