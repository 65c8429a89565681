package campaign

import "github.com/distributedstorage/ds/internal/sim"

// serverFaults happen to a server that runs, damages to one that is down, before it starts again.
var serverFaults, damages []mishap

func init() {
	serverFaults = []mishap{
		{"killed", []row{rowKill, rowPower}, 3, func(r *run, s *Step) { r.killServer(s) }},
		{"its disk stalls", []row{rowDisk}, 1, func(r *run, s *Step) { r.holdServer(s).HoldSync = true }},
		{"a backup is made", []row{rowWiped}, 1, func(r *run, s *Step) {
			r.backups[s.Server] = &backup{r.w.Servers[s.Server].Snapshot(), r.sessions[s.Server]}
		}},
	}
	damages = []mishap{
		{"starts", []row{rowKill}, 6, func(*run, *Step) {}},
		{"wiped", []row{rowWiped}, 3, func(r *run, s *Step) {
			if r.expendable(s.Server) {
				r.w.Servers[s.Server].Wipe()
				r.backups[s.Server] = nil
			}
		}},
		{"an old volume is put back", []row{rowWiped}, 3, func(r *run, s *Step) { r.restore(s.Server) }},
	}
}

// serverFault starts a server that is down; one that runs has a fault.
func (r *run) serverFault(s *Step) {
	if srv := r.w.Servers[s.Server]; !srv.Alive() {
		r.inject(damages, s)
		r.must(srv.Start())
		return
	}
	r.inject(serverFaults, s)
}

func (r *run) holdServer(s *Step) *sim.Server {
	r.hold(s.Server, s.Millis)
	r.sick[s.Server] = r.now()
	return r.w.Servers[s.Server]
}

// killServer cuts the server's power: what it had not synced is gone.
func (r *run) killServer(s *Step) {
	srv := r.w.Servers[s.Server]
	if srv.Unsynced() {
		r.saw(stateKilledUnsynced)
	}
	srv.Kill()
	r.sick[s.Server] = r.now()
}

// restore puts an old volume back, if nothing is lost by it.
func (r *run) restore(n int) {
	b := r.backups[n]
	if b == nil || b.sessions >= r.sessions[n] || !r.expendable(n) {
		return
	}
	r.w.Servers[n].Restore(b.volume)
	r.backups[n] = nil
}
