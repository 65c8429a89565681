package campaign

import (
	"encoding/binary"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim"
	"github.com/distributedstorage/ds/internal/wire"
)

// With a relaxed durability a loss of power may take what was acknowledged (docs/operations.md, Durability). The campaign cuts a
// server's power only where the promise still holds: another copy, or the journal, has all that is lost, and it will be noticed that it is. Else the
// program alone is killed, of which all that it has written survives.

// losses follows what servers may have lost.
type losses struct {
	torn    []bool   // since its last session the server has perhaps lost what it had not synced, or its volume is an older one
	fragile []bool   // what it lost will be noticed if the router lives until its next session
	starts  int      // of routers
	met     []uint64 // the epoch of the router that last had a session with each server
}

// nextDurability is that of a router which starts: in some runs another one each time.
func (r *run) nextDurability() {
	if r.p.Rotates {
		r.losses.starts++
		r.w.Config.Durability = (r.p.Config.Durability + wire.Durability(r.losses.starts)) % (wire.DurabilityNone + 1)
	}
}

// relaxed tells that a router of the run may have a relaxed durability.
func (r *run) relaxed() bool { return r.p.Rotates || r.p.Config.Durability.Relaxed() }

// cut is how many fourths of what a server has not synced survive its end, if so many would after a loss of power.
func (r *run) cut(n, kept int) int {
	if kept < 4 && r.relaxed() && r.w.Servers[n].Unsynced() {
		if !r.sparesCut(n, kept) {
			return 4
		}
		r.saw(stateRelaxedCut)
	}
	r.losses.torn[n] = r.losses.torn[n] || kept < 4
	return kept
}

// survives is how far a server's volume is at most when so many fourths of what it has not synced survive, unless that is all of it.
func (r *run) survives(srv *sim.Server, kept int) uint64 {
	durable, all := srv.Durable(), uint64(srv.Store().LSN())
	switch {
	case kept == 0:
		return durable
	case r.p.Engine == engineDurable: // what a tear leaves of its log is not known before
		return all - 1
	}
	return durable + (all-durable)*uint64(kept)/4
}

// sparesCut tells that the promise holds if a server loses what it has not synced, but for so many fourths. What survives may be the very part that the
// router's journal knows of: then a router that starts does not notice that the rest is gone.
func (r *run) sparesCut(n, kept int) bool {
	srv := r.w.Servers[n]
	for i := range r.p.Keys {
		k := &r.p.Keys[i]
		if r.w.Geometry.Copy(k.part(), ring.Server(n)) < 0 {
			continue
		}
		now, _ := srv.Store().Head(k.DB, k.Name)
		if now.Newer(srv.DurableHead(k.DB, k.Name)) && now.Newer(r.bestHeld(n, k)) {
			return false
		}
	}
	return r.noticed(n, r.survives(srv, kept))
}

// noticed tells that the router will notice if a server comes back with this apply sequence, though it has answered higher ones.
func (r *run) noticed(n int, left uint64) bool {
	if row, ok := r.w.Router.Row(binary.BigEndian.AppendUint16([]byte{'a'}, uint16(n))); ok && len(row) >= 24 {
		if binary.LittleEndian.Uint64(row[16:]) > left {
			return true
		}
	}
	if rt := r.w.Router; rt.Core() == nil || rt.Failed() || rt.Core().Epoch() != r.losses.met[n] {
		return false
	}
	r.losses.fragile[n] = true
	return true
}

// bestHeld is the newest record of a key that another server or the journal has: what a server that runs holds counts though it is
// not synced.
func (r *run) bestHeld(n int, k *Key) kv.Head {
	best := r.journalHead(k)
	for i := range r.w.Geometry.Copies() {
		m := int(r.w.Geometry.Server(k.part(), i))
		srv := r.w.Servers[m]
		switch {
		case m == n || srv.Rotten(k.DB, k.Name):
		case srv.Alive():
			h, _ := srv.Store().Head(k.DB, k.Name)
			best = newer(best, h)
		default:
			best = newer(best, srv.DurableHead(k.DB, k.Name))
		}
	}
	return best
}

// mayEnd tells that the router may end out of order: that it does so in the same second as a server's machine is the case that a
// relaxed durability does not cover.
func (r *run) mayEnd() bool {
	for _, fragile := range r.losses.fragile {
		if fragile {
			return false
		}
	}
	return true
}

// sessionBegun and rolledBack see what the router makes of a volume. Of a server that has gone since without a word it begins a session with the volume
// that was there before.
func (r *run) sessionBegun(n ring.Server) {
	if r.w.Servers[n].LinkedTo(r.w.Router) {
		r.losses.torn[n], r.losses.fragile[n] = false, false
	}
	r.losses.met[n] = r.w.Router.Core().Epoch()
}

func (r *run) rolledBack(n ring.Server) {
	if !r.losses.torn[n] {
		r.failf("ASSERTED", "", "server %d is taken for rolled back, but nothing that it wrote was lost", n)
	}
	if r.relaxed() {
		r.saw(stateRelaxedBack)
	}
}
