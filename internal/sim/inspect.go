package sim

import (
	"encoding/binary"
	"slices"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim/disk"
	"github.com/distributedstorage/ds/internal/sim/rowdisk"
	"github.com/distributedstorage/ds/internal/wire"
)

// Core is the router's core, or nil when it is down.
func (r *Router) Core() *coord.Core { return r.core }

// Pending is the number of operations that the journal has not synced, and of reads it has not answered.
func (r *Router) Pending() int {
	n := len(r.answers)
	for i := range r.steps {
		n += len(r.steps[i].Ops) + len(r.steps[i].Reads)
	}
	return n
}

// Keys is the keys of the rows that the journal's disk holds, sorted.
func (r *Router) Keys() []string { return r.volume.Keys() }

// Row is a row that the journal's disk holds.
func (r *Router) Row(key []byte) ([]byte, bool) { return r.volume.Row(string(key)) }

// Rot flips a bit of a row on the journal's disk.
func (r *Router) Rot(key []byte) { r.volume.Rot(string(key)) }

// Changing tells that an operation that is not certainly on the disk concerns a row whose key ends so.
func (r *Router) Changing(end []byte) bool {
	changes := func(s rowdisk.Step) bool { return s.Changes(string(end)) }
	return slices.ContainsFunc(r.steps, changes) || slices.ContainsFunc(r.doubtful, changes)
}

// Failed tells that the journal has failed and was not reopened.
func (r *Router) Failed() bool { return r.failed }

// Slow tells that a server is found slow.
func (r *Router) Slow() bool {
	for _, s := range r.Servers() {
		if s.Slow {
			return true
		}
	}
	return false
}

// Dirty tells that the server is owed whole partitions.
func (r *Router) Dirty(n ring.Server) bool { return r.core != nil && r.core.DirtyMarks(n) > 0 }

// Converged is whether DS CONVERGED would say so.
func (r *Router) Converged() bool { return r.core.Converged() }

// Servers is what DS SERVERS would tell: nothing if the router is too busy.
func (r *Router) Servers() []coord.ServerStatus {
	list, err := coord.DecodeServers(r.ask(coord.OpServers))
	if err != nil {
		panic(err)
	}
	return list
}

// Convergence is what DS CONVERGED would tell.
func (r *Router) Convergence() coord.Convergence {
	c, err := coord.DecodeConvergence(r.ask(coord.OpConverged))
	if err != nil {
		panic(err)
	}
	return c
}

// ask runs an operation that the core answers at once.
func (r *Router) ask(op coord.Op) (answer []byte) {
	then := r.OnReply
	defer func() { r.OnReply = then }()
	r.OnReply = func(_ coord.Reply, b []byte) { answer = append(answer, b...) }
	r.Step(coord.Input{Kind: coord.InRequest, Op: op})
	return answer
}

// compares tells that one of the frames asks for the digests of all partitions.
func compares(frames []byte) bool {
	var f wire.Frame
	for len(frames) >= wire.HeaderSize {
		n := 4 + int(binary.LittleEndian.Uint32(frames))
		if wire.Type(frames[12]) == wire.Digest && wire.Decode(frames[:n], &f) == nil && f.Count == kv.Partitions {
			return true
		}
		frames = frames[n:]
	}
	return false
}

// Number is the server's.
func (s *Server) Number() ring.Server { return s.number }

// Alive tells that the server runs.
func (s *Server) Alive() bool { return s.store != nil }

// Connected tells that the server has a link.
func (s *Server) Connected() bool { return s.link != 0 }

// Well tells that nothing keeps the server from answering.
func (s *Server) Well() bool {
	now := s.w.now.Mono / 1e6
	return s.store != nil && s.link != 0 && s.welcome && !s.orphan && !s.HoldIn && !s.HoldOut && !s.HoldSync && !s.HoldLarge && !s.Paused &&
		s.Disk == disk.Faults{} && s.in.calm(now) && s.out.calm(now)
}

// SetWeather makes the weather of the server's link, in each direction.
func (s *Server) SetWeather(in, out Weather) { s.in.weather, s.out.weather = in, out }

// Store is the open volume, or nil.
func (s *Server) Store() disk.Store { return s.store }

// Unsynced tells that the server holds what its disk does not.
func (s *Server) Unsynced() bool { return s.store != nil && s.store.LSN() > s.durable }

// Snapshot is a backup of the volume.
func (s *Server) Snapshot() disk.Volume { return s.volume.Snapshot() }

// Restore puts another volume in the place of the server's, which is down.
func (s *Server) Restore(v disk.Volume) { s.volume = v }

// Swap puts another volume in the place of the server's, which is down, and gives its own.
func (s *Server) Swap(v disk.Volume) disk.Volume {
	own := s.volume
	s.volume = v
	return own
}

// Spoil damages a file of the volume of a server that is down, and tells what it did: nothing if there is none.
func (s *Server) Spoil(roll uint32) string { return s.volume.Spoil(roll) }

// DurableHead is what the server's disk holds of a key; none if it is damaged.
func (s *Server) DurableHead(db kv.DB, key []byte) kv.Head { return s.volume.Head(db, key) }

// Rotten tells that what the server's disk holds of a key is damaged.
func (s *Server) Rotten(db kv.DB, key []byte) bool { return s.volume.Rotten(db, key) }

// Release ends what holds the server up.
func (s *Server) Release() {
	s.Disk = disk.Faults{}
	s.HoldIn, s.HoldOut, s.HoldSync, s.HoldLarge, s.Unplugged, s.Paused = false, false, false, false, false, false
}

// TryAgain lets a server that was refused dial again.
func (s *Server) TryAgain() { s.refused = "" }
