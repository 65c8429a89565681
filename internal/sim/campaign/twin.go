package campaign

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// twin follows a router that was replaced while it stood still. Each of the two has its own calls; of the one that was
// replaced they may end in errors only.
type twin struct {
	pending map[uint64]*oracle.Call
	gone    map[uint64]bool
	on      bool // the one that was replaced runs, the other stands still
}

// idle tells that there is one router.
func (t *twin) idle() bool { return t.pending == nil }

// swapCalls makes the calls at the other router those under way.
func (r *run) swapCalls() {
	r.pending, r.twin.pending = r.twin.pending, r.pending
	r.gone, r.twin.gone = r.twin.gone, r.gone
}

// replace pauses the router for so long that its servers leave it, and starts another on a copy of its volume.
func (r *run) replace(s *Step) {
	if !r.changeable() || r.w.Config.Adopt || r.virgin() {
		return
	}
	r.twin = twin{pending: map[uint64]*oracle.Call{}, gone: map[uint64]bool{}}
	r.swapCalls()
	r.w.Fork()
	for passed := int64(0); passed <= r.p.Config.AwayMillis+s.Millis/4; passed += 100 {
		r.w.Pass(100)
		r.release()
	}
	r.alone = 0 // what the paused one let go of, and its disk did not, is buffered again
	r.must(r.w.Router.Start())
	r.w.Settle()
	r.saw(stateReplaced)
}

// virgin tells that no server has met the router yet: it can't have been replaced in their eyes.
func (r *run) virgin() bool {
	for _, n := range r.sessions {
		if n > 0 {
			return false
		}
	}
	return true
}

// resume lets the router that was replaced go on for a while. Servers that never met the other one can't reach it: it would be their
// only router.
func (r *run) resume(s *Step) {
	if r.twin.idle() {
		r.replace(s)
		return
	}
	if !r.met() {
		return
	}
	r.notef("the router that was replaced resumes")
	var cut []int
	for n, srv := range r.w.Servers {
		if !srv.Unplugged && !r.hasMet(n) {
			srv.Unplugged = true
			cut = append(cut, n)
		}
	}
	r.w.Swap()
	r.swapCalls()
	r.twin.on = true
	r.askReplaced(s, 0)
	r.w.Settle()
	r.w.Pass([]int64{20, 100, 600, 2500}[s.Roll>>12%4])
	r.askReplaced(s, 1)
	r.turn(s)
	r.w.Settle()
	r.askReplaced(s, 2)
	r.w.Settle()
	r.twin.on = false
	if r.w.Router.Standing().Unfit != coord.Fit {
		r.saw(stateFenced)
		if len(r.pending) > 0 {
			r.failf("LIVE", "", "the router that was replaced leaves %d calls unanswered", len(r.pending))
		}
	}
	r.w.Swap()
	r.swapCalls()
	for _, n := range cut {
		r.w.Servers[n].Unplugged = false
	}
	r.redial()
	r.ails(len(r.w.Servers))
	if s.Roll>>14%2 == 0 {
		r.endTwin()
	}
}

// met tells that the servers have turned to the replacement, which runs: none is linked to the other.
func (r *run) met() bool {
	if r.w.Router.Core() == nil {
		return false
	}
	some := false
	for n, srv := range r.w.Servers {
		if srv.LinkedTo(r.w.Paused) {
			return false
		}
		some = some || r.hasMet(n)
	}
	return some
}

// hasMet tells that a server that runs knows of the replacement.
func (r *run) hasMet(n int) bool {
	srv := r.w.Servers[n]
	if !srv.Alive() {
		return false
	}
	id, _ := srv.Knowledge()
	return id.Epoch > r.w.Paused.Core().Epoch()
}

// turn makes a server that knows of the replacement dial the one that was replaced.
func (r *run) turn(s *Step) {
	for i := range r.w.Servers {
		n := (s.Server + i) % len(r.w.Servers)
		if srv := r.w.Servers[n]; srv.Reachable() {
			srv.HangUp()
			srv.TryAgain()
			return
		}
	}
}

// askReplaced has clients ask the router that was replaced.
func (r *run) askReplaced(s *Step, round int) {
	for i := range 2 {
		k := (s.Key + i) % len(r.p.Keys)
		key := &r.p.Keys[k]
		in := coord.Input{Op: coord.OpGet, DB: key.DB, Key: key.Name}
		if i == 1 && key.Class != counter {
			in.Op, in.Value = coord.OpSet, fmt.Appendf(nil, "t%d-%d.", s.Roll, round)
		}
		r.ask(&oracle.Call{Client: int(s.Roll>>16) % r.p.Clients, Key: k, In: in})
	}
}

// endTwin ends the router that was replaced.
func (r *run) endTwin() {
	if r.twin.idle() {
		return
	}
	r.swapCalls()
	r.orphan()
	r.swapCalls()
	r.w.Paused.Kill()
	r.w.Paused, r.twin = nil, twin{}
}
