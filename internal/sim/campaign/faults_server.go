package campaign

import (
	"strings"

	"github.com/distributedstorage/ds/internal/sim"
	"github.com/distributedstorage/ds/internal/sim/disk"
)

// serverFaults happen to a server that runs, damages to one that is down, before it starts again.
var serverFaults, damages []mishap

func init() {
	serverFaults = []mishap{
		{"loses its power", []row{rowKill, rowPower}, 4, func(r *run, s *Step) { r.killServer(s, 0) }},
		{"is killed, a part of its last writes on disk", []row{rowKill, rowTorn}, 3, func(r *run, s *Step) { r.killServer(s, s.Amount) }},
		{"goes without a word", []row{rowPower, rowSlow}, 2, func(r *run, s *Step) {
			r.ails(s.Server)
			r.w.Servers[s.Server].Vanish(r.cut(s.Server, 0))
			r.saw(stateHalfOpen)
		}},
		{"is killed with every other", []row{rowKill}, 1, func(r *run, s *Step) {
			for n := range r.w.Servers {
				r.killServer(&Step{Server: n}, int(s.Roll>>(4*n)%5))
			}
		}},
		{"is paused", []row{rowPause}, 3, func(r *run, s *Step) { r.holdServer(s).Paused = true }},
		{"its disk stalls", []row{rowDisk}, 3, func(r *run, s *Step) { r.holdServer(s).HoldSync = true }},
		{"its disk stalls for 10 s", []row{rowDisk}, 1, func(r *run, s *Step) {
			r.hold(s.Server, 10_000)
			r.ails(s.Server)
			r.w.Servers[s.Server].HoldSync = true
		}},
		{"its disk is full", []row{rowDisk}, 2, func(r *run, s *Step) { r.badDisk(s, disk.Faults{Full: true}) }},
		{"its disk has no room for records", []row{rowDisk}, 2, func(r *run, s *Step) { r.badDisk(s, disk.Faults{Tight: true}) }},
		{"loses its power at a sync", []row{rowPower, rowTorn}, 3, func(r *run, s *Step) { r.cutPower(s) }},
		{"its next sync fails", []row{rowDisk}, 2, func(r *run, s *Step) { r.badDisk(s, disk.Faults{SyncFails: true}) }},
		{"its values can't be read", []row{rowDisk}, 2, func(r *run, s *Step) { r.badDisk(s, disk.Faults{ReadFails: true}) }},
		{"a bit of a value flips", []row{rowTorn}, 4, func(r *run, s *Step) { r.rot(s.Server, s.Key) }},
		{"bits flip, elsewhere on every copy", []row{rowTorn}, 2, func(r *run, s *Step) { r.rotEverywhere(s) }},
		{"holds a record of another router, ahead of the clock", []row{rowClocks}, 6, func(r *run, s *Step) { r.foreign(s) }},
		{"a backup of its volume is made", []row{rowWiped}, 3, func(r *run, s *Step) {
			r.backups[s.Server] = &backup{r.w.Servers[s.Server].Snapshot(), r.sessions[s.Server]}
		}},
	}
	damages = []mishap{
		{"starts", []row{rowKill}, 6, func(*run, *Step) {}},
		{"is wiped", []row{rowWiped}, 3, func(r *run, s *Step) {
			if r.expendable(s.Server) {
				r.wipe(s.Server)
			}
		}},
		{"gets an old volume", []row{rowWiped}, 3, func(r *run, s *Step) { r.restore(s.Server) }},
		{"gets the volume of another", []row{rowWiped}, 1, func(r *run, s *Step) { r.mixUp(s) }},
		{"a file of its volume is damaged, cut off or lost", []row{rowTorn}, 3, func(r *run, s *Step) { r.spoil(s) }},
	}
}

// damagesHere are those that can happen to a volume: the last is of files, and the model has none.
func (r *run) damagesHere() []mishap {
	if r.p.Engine == engineDurable {
		return damages
	}
	return damages[:len(damages)-1]
}

// serverFault starts a server that is down; one that runs has a fault.
func (r *run) serverFault(s *Step) {
	srv := r.w.Servers[s.Server]
	if srv.Alive() {
		r.inject(serverFaults, s)
		return
	}
	r.inject(r.damagesHere(), s)
	if s.Roll>>8%2 == 0 {
		srv.Disk = disk.Faults{}
	}
	if !srv.Alive() {
		r.must(srv.Start())
	}
}

func (r *run) holdServer(s *Step) *sim.Server {
	r.hold(s.Server, s.Millis)
	r.ails(s.Server)
	return r.w.Servers[s.Server]
}

func (r *run) badDisk(s *Step, d disk.Faults) {
	r.holdServer(s).Disk = d
}

// cutPower lets the power go at one of the next syncs. With a relaxed durability it goes when it is known what is lost.
func (r *run) cutPower(s *Step) {
	if !r.relaxed() {
		r.badDisk(s, disk.Faults{PowerAt: 1 + int(s.Roll%12)})
	}
}

// killServer ends a server. Of what it had not synced, so many fourths have reached the disk.
func (r *run) killServer(s *Step, kept int) {
	srv := r.w.Servers[s.Server]
	kept = r.cut(s.Server, kept)
	if srv.Unsynced() && kept < 4 {
		r.saw(stateKilledUnsynced)
		if kept > 0 && kept < 4 {
			r.saw(stateTornVolume)
		}
	}
	srv.KillTorn(kept)
	r.ails(s.Server)
}

// restore puts an old volume back, if nothing is lost by it.
func (r *run) restore(n int) {
	b := r.backups[n]
	if b == nil || b.sessions >= r.sessions[n] || !r.expendable(n) {
		return
	}
	r.w.Servers[n].Restore(b.volume)
	r.lasting = nil
	r.losses.torn[n] = true
	r.backups[n] = nil
}

// mixUp starts the server on the volume of another, which it must refuse.
func (r *run) mixUp(s *Step) {
	srv, other := r.w.Servers[s.Server], r.w.Servers[(s.Server+1)%len(r.w.Servers)]
	volume := other.Snapshot()
	if srv == other || !volume.Claimed() {
		return
	}
	own := srv.Swap(volume)
	err := srv.Start()
	if err == nil || !strings.Contains(err.Error(), "volume is that of server") {
		r.failf("ASSERTED", "", "server %d started on the volume of another: %v", s.Server, err)
	}
	r.saw(stateMixedUp)
	srv.Kill()
	srv.Swap(own)
}
