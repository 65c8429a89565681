package campaign

import "github.com/distributedstorage/ds/internal/coord"

// routerFaults happen to a router that runs.
var routerFaults = []mishap{
	{"killed", []row{rowRouter, rowPower}, 2, func(r *run, _ *Step) { r.killRouter(0, 0) }},
	{"killed while its journal syncs", []row{rowRouter, rowPower, rowTorn}, 2, func(r *run, s *Step) {
		if r.loadJournal(s) {
			r.killRouter(s.Amount-1, int(s.Roll>>22%5))
		}
	}},
	{"stopped", []row{rowRouter}, 2, func(r *run, _ *Step) {
		r.w.Router.Stop()
		r.orphan()
	}},
	{"its journal fails", []row{rowDisk}, 2, func(r *run, s *Step) {
		if rt := r.w.Router; !rt.Failed() && rt.Up() && r.loadJournal(s) {
			rt.Fail(s.Amount - 1)
		}
	}},
	{"its disk stalls", []row{rowDisk}, 6, func(r *run, s *Step) {
		r.hold(len(r.w.Servers), s.Millis)
		r.w.Router.HoldSync = true
	}},
	{"its disk is full", []row{rowDisk}, 2, func(r *run, s *Step) { r.tightJournal(s) }},
	{"vanishes without a word", []row{rowRouter, rowPower}, 1, func(r *run, _ *Step) {
		r.w.Router.Vanish()
		r.orphan()
	}},
	{"ends with all servers", []row{rowRouter}, 1, func(r *run, s *Step) {
		r.killRouter(s.Amount-1, int(s.Roll>>22%5))
		for n := range r.w.Servers {
			r.killServer(&Step{Server: n}, int(s.Roll>>(4*n)%5))
		}
	}},
	{"a bit of its journal flips", []row{rowTorn}, 2, func(r *run, s *Step) { r.rotJournal(s) }},
	{"paused", []row{rowPause}, 2, func(r *run, s *Step) { r.w.PauseRouter(s.Millis) }},
	{"paused with all servers", []row{rowPause}, 1, func(r *run, s *Step) { r.w.Pause(s.Millis * 10) }},
}

// routerFault starts a router that is down; one that runs has a fault.
func (r *run) routerFault(s *Step) {
	if r.w.Router.Core() == nil {
		r.startRouter()
		return
	}
	if r.w.Router.Failed() && s.Roll%3 > 0 {
		r.reopen()
		return
	}
	if st := r.w.Router.Standing(); st.Unfit != coord.Fit || st.Conflict {
		r.mend()
		return
	}
	if !r.mayEnd() {
		return
	}
	if r.p.Volumes && s.Roll>>5%2 == 0 {
		r.inject(volumeFaults, s)
	} else {
		r.inject(routerFaults, s)
	}
	r.ails(len(r.w.Servers))
}

// reopen lets another core take over after the journal has failed.
func (r *run) reopen() { r.takeOver("the journal is opened again", r.w.Router.Reopen) }

// loadJournal has, in runs with a real journal and every other time elsewhere, keys written while a server is away and nothing is synced: what that server is owed is under way
// to the journal's disk. It tells whether the router may end: a server's disk may have failed under those writes.
func (r *run) loadJournal(s *Step) bool {
	srv, rt := r.w.Servers[s.Server], r.w.Router
	if s.Roll>>25%2 == 0 && r.p.Journal == engineModel || srv.Unplugged {
		return true
	}
	held := rt.HoldSync
	rt.HoldSync, srv.Unplugged = true, true
	srv.HangUp()
	r.w.Settle()
	r.writeAll(s, "j")
	r.w.Settle()
	rt.HoldSync, srv.Unplugged = held, false
	r.ails(s.Server)
	return r.mayEnd()
}

// killRouter cuts the router's power, once some of what it wrote last has been synced, and, unknown to it, so many fourths of the rest have
// reached the disk.
func (r *run) killRouter(steps, fourths int) {
	rt := r.w.Router
	if steps > 0 {
		rt.CommitSteps(steps)
	}
	if rt.Pending() > 0 {
		r.saw(stateRouterUnsynced)
		if steps+fourths > 0 {
			r.saw(stateTornJournal)
		}
	}
	if r.correcting() {
		r.saw(stateRestartInCorrection)
	}
	rt.Cut(fourths)
	r.orphan()
}

// correcting tells that a server that is connected is owed something.
func (r *run) correcting() bool {
	for _, s := range r.w.Router.Servers() {
		if s.State == coord.Behind && s.Owed > 0 {
			return true
		}
	}
	return false
}
