package campaign

import (
	"slices"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/sim"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// convergeMillis is within how much virtual time everything must be equal once the faults have ended. A server that was slow again
// and again may be called so for longer, and nothing else may last.
const convergeMillis int64 = 60_000

// heal ends all faults and waits until the store says that it has converged.
func (r *run) heal() {
	r.notef("healing")
	r.endTwin()
	r.volume.healing = true
	r.endFaults()
	if r.converge(); r.out.Failure != nil {
		return
	}
	r.readAll()
	r.listAll()
	r.converge()
	if r.p.Seed%4 == 0 && r.out.Failure == nil {
		r.lose()
		r.converge()
	}
}

// endFaults ends everything that is wrong with the network, the disks and the router, and starts who is down.
func (r *run) endFaults() {
	for i := range r.hangs {
		r.hangs[i] = -1
	}
	clear(r.flaps)
	r.release()
	for _, s := range r.w.Servers {
		s.SetWeather(sim.Weather{}, sim.Weather{})
	}
	switch rt := r.w.Router; {
	case rt.Core() == nil:
		r.startRouter()
	case rt.Failed():
		r.reopen()
	}
	for _, s := range r.w.Servers {
		if !s.Alive() {
			r.must(s.Start())
		}
	}
}

// readAll asks for every key: the final state is a part of its history.
func (r *run) readAll() {
	for i := range r.p.Keys {
		k := &r.p.Keys[i]
		r.ask(&oracle.Call{Key: i, In: coord.Input{Op: coord.OpGet, DB: k.DB, Key: k.Name}})
		r.w.Settle()
		if last := r.history.Calls[len(r.history.Calls)-1]; last.Nothing && r.out.Failure == nil {
			r.failf("LIVE", string(k.Name), "no answer although everything is healed: %s", last.Fault.Prefix())
		}
	}
}

func (r *run) converge() {
	limit := convergeMillis
	for waited := int64(0); waited < limit; waited += 100 {
		r.mend()
		r.w.Pass(100)
		r.redial()
		r.audit()
		r.flushTrace()
		switch {
		case r.out.Failure != nil:
			return
		case !r.rests():
		case !r.w.Router.Slow():
			r.proved(r.w.Router.Convergence().ProvedAt)
			return
		default:
			limit = convergeMillis + r.p.Config.SlowLongestMillis()
		}
	}
	if st := r.w.Router.Standing(); !r.w.Router.Serves() {
		r.failf("CONV", "", "%d s after healing the router serves nobody: %+v", limit/1000, st)
		return
	}
	r.failf("CONV", "", "not converged %d s after healing: %s", limit/1000, r.unconverged())
}

// rests tells that there is nothing left to do, for anybody.
func (r *run) rests() bool {
	return r.w.Router.Converged() && len(r.pending) == 0 && r.w.Router.Core().Idle() == nil && r.allWell()
}

// allWell tells that nothing keeps any server from answering at once: what was under way when the weather ended has arrived.
func (r *run) allWell() bool {
	return !slices.ContainsFunc(r.w.Servers, func(s *sim.Server) bool { return !s.Well() })
}

// lose takes keys out of one copy each, behind everybody's back; the comparison finds them.
func (r *run) lose() {
	if r.w.Geometry.Copies() < 2 {
		return
	}
	for i := range r.p.Keys {
		k := &r.p.Keys[i]
		copy := int(r.p.Seed>>2+uint64(i)) % r.w.Geometry.Copies()
		s := r.w.Servers[r.w.Geometry.Server(k.part(), copy)]
		if h, _ := s.Store().Head(k.DB, k.Name); h.Newer(r.bestElsewhere(int(r.w.Geometry.Server(k.part(), copy)), k)) {
			continue // the other copies are rotten
		}
		r.notef("server %d loses %s", r.w.Geometry.Server(k.part(), copy), k.Name)
		_, err := s.Store().Remove(k.DB, k.Name)
		r.must(err)
	}
	for range convergeMillis / 100 { // one that began before would see nothing of it, and be the last
		if !r.w.Router.Core().Comparing() {
			break
		}
		r.w.Pass(100)
	}
	r.w.Router.Step(coord.Input{Kind: coord.InSweep})
	r.w.Settle()
}
