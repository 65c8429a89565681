package sim

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/coord"
)

// step draws one thing that happens.
func (r *campaign) step() {
	r.release()
	switch n := r.rng.IntN(100); {
	case n < 42:
		r.traffic()
	case n < 55:
		r.crumb()
	case n < 62:
		r.w.Settle()
	case n < 74:
		r.pass()
	case n < 88:
		r.serverFault()
	case n < 95:
		r.routerFault()
	case n < 96:
		r.jump()
	case n < 97:
		r.w.Pause(int64(r.rng.IntN(4000)))
	default:
		if r.w.Router.Up() {
			r.w.Router.step(coord.Input{Kind: coord.InSweep})
		}
	}
}

func (r *campaign) traffic() {
	for range 1 + r.rng.IntN(3) {
		r.request()
		if r.rng.IntN(3) == 0 {
			r.w.Settle()
		}
	}
}

func (r *campaign) pass() { r.w.Pass(pick[int64](r.rng, 20, 60, 200, 600, 2500)) }

func (r *campaign) jump() {
	ms := pick[int64](r.rng, -3_600_000, -1000, -50, 50, 700, 5000)
	r.notef("wall %+d", ms)
	r.w.JumpWall(ms)
}

// crumb lets one small thing happen and nothing else.
func (r *campaign) crumb() {
	s := r.w.Servers[r.rng.IntN(len(r.w.Servers))]
	k := 1 + r.rng.IntN(3)
	switch r.rng.IntN(6) {
	case 0:
		r.w.Router.sync()
	case 1:
		s.receiveSome(k)
	case 2:
		s.deliverSome(k)
	case 3:
		s.sync()
	case 4:
		s.connect()
	case 5:
		if rt := r.w.Router; rt.core != nil {
			rt.commitSteps(k)
		}
	}
}

// hold keeps something from happening for a while.
func (r *campaign) hold(who int, flag *bool) {
	*flag = true
	r.hangs[who] = r.w.now.Mono/1e6 + pick[int64](r.rng, 50, 400, 1500, 6000)
}

// release ends what was held long enough.
func (r *campaign) release() {
	now := r.w.now.Mono / 1e6
	for i, s := range r.w.Servers {
		if r.hangs[i] < now {
			s.HoldIn, s.HoldOut, s.HoldSync, s.Unplugged = false, false, false, false
		}
		s.refused = "" // it tries again
	}
	if r.hangs[len(r.w.Servers)] < now {
		r.w.Router.HoldSync = false
	}
}

func (r *campaign) serverFault() {
	n := r.rng.IntN(len(r.w.Servers))
	s := r.w.Servers[n]
	if s.store == nil {
		if r.rng.IntN(2) == 0 {
			r.damage(n)
		}
		r.notef("server %d starts", n)
		r.must(s.Start())
		return
	}
	switch r.rng.IntN(9) {
	case 0, 1, 2:
		r.notef("server %d killed", n)
		s.Kill()
	case 3:
		r.hold(n, &s.HoldIn)
	case 4:
		r.hold(n, &s.HoldOut)
	case 5:
		r.hold(n, &s.HoldSync)
	case 6:
		r.hold(n, &s.Unplugged)
		s.hangUp()
	case 7:
		r.notef("server %d: its link breaks", n)
		s.hangUp()
	case 8:
		r.backups[n] = &backup{s.volume.Snapshot(), r.sessions[n]}
	}
	r.notef("server %d in %v out %v sync %v unplugged %v", n, s.HoldIn, s.HoldOut, s.HoldSync, s.Unplugged)
}

// damage wipes a volume that is down, or puts an old one back, if nothing is lost by it.
func (r *campaign) damage(n int) {
	s := r.w.Servers[n]
	if !r.expendable(n) {
		return
	}
	b := r.backups[n]
	if b != nil && b.sessions < r.sessions[n] && r.rng.IntN(2) == 0 {
		r.notef("server %d: an old volume is put back", n)
		s.volume, r.backups[n] = b.volume, nil
		return
	}
	r.notef("server %d wiped", n)
	s.Wipe()
	r.backups[n] = nil
}

func (r *campaign) routerFault() {
	rt := r.w.Router
	if rt.core == nil {
		r.notef("router starts")
		r.must(rt.Start())
		return
	}
	if rt.failed && r.rng.IntN(3) > 0 {
		r.notef("the journal is opened again")
		r.must(rt.Reopen())
		return
	}
	switch r.rng.IntN(14) {
	case 0, 13:
		if rt.failed || !rt.Up() {
			return
		}
		r.notef("the journal fails")
		rt.Fail(r.rng.IntN(4))
	case 1, 2, 3, 4:
		if r.rng.IntN(2) == 0 {
			rt.commitSteps(1 + r.rng.IntN(4))
		}
		r.notef("router killed")
		rt.Kill()
		r.orphan()
	case 5, 6:
		r.notef("router stopped")
		rt.Stop()
		r.orphan()
	default:
		r.notef("router's disk hangs")
		r.hold(len(r.w.Servers), &rt.HoldSync)
	}
}

// orphan ends the requests that died with the router: nobody knows their outcome.
func (r *campaign) orphan() {
	for tag, c := range r.pending {
		c.unknown = true
		delete(r.pending, tag)
		r.answers["lost with the router"]++
	}
}

// heal ends all faults and waits until the store says that it has converged.
func (r *campaign) heal() {
	r.notef("healing")
	for i := range r.hangs {
		r.hangs[i] = -1
	}
	r.release()
	switch rt := r.w.Router; {
	case rt.core == nil:
		r.must(rt.Start())
	case rt.failed:
		r.must(rt.Reopen())
	}
	for _, s := range r.w.Servers {
		if s.store == nil {
			r.must(s.Start())
		}
	}
	if r.converge(); r.err != nil {
		return
	}
	for i := range r.keys {
		r.ask(coord.Input{Op: coord.OpGet, DB: r.keys[i].db, Key: r.keys[i].name}, i)
		r.w.Settle()
	}
	r.converge()
	if r.rng.IntN(4) == 0 && r.err == nil {
		r.lose()
		r.converge()
	}
}

func (r *campaign) converge() {
	for range 600 {
		r.w.Pass(100)
		r.audit()
		r.flushTrace()
		if r.err != nil || r.w.Router.Convergence().Converged && len(r.pending) == 0 && r.w.Router.core.Idle() == nil && !r.slow() {
			return
		}
	}
	state := fmt.Sprintf("%+v; %v", r.w.Router.Convergence(), r.w.Router.core.Idle())
	for _, s := range r.w.Router.Servers() {
		state += fmt.Sprintf("; server %d %s owed %d dirty %d", s.Number, s.State, s.Owed, s.Dirty)
	}
	for _, c := range r.calls {
		if r.pending[c.tag] != nil {
			state += "; pending: " + c.String()
		}
	}
	r.failf("", "not converged a minute after healing: %s", state)
}

// slow tells that a server is found slow: healed, it must not be for ever.
func (r *campaign) slow() bool {
	for _, s := range r.w.Router.Servers() {
		if s.Slow {
			return true
		}
	}
	return false
}

// lose takes keys out of one copy each, behind everybody's back; the comparison finds them.
func (r *campaign) lose() {
	if r.w.Geometry.Copies() < 2 {
		return
	}
	for _, k := range r.keys {
		p := hashOf(k).Partition()
		s := r.w.Servers[r.w.Geometry.Server(p, r.rng.IntN(r.w.Geometry.Copies()))]
		r.notef("server %d loses %s", s.number, k.name)
		_, err := s.store.Remove(k.db, k.name)
		r.must(err)
	}
	r.w.Router.step(coord.Input{Kind: coord.InSweep})
	r.w.Settle()
}
