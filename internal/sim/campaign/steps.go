package campaign

import (
	"github.com/distributedstorage/ds/internal/coord"
)

// step carries one step out.
func (r *run) step(i int, s *Step) {
	r.release()
	if r.trace {
		r.notef("step %d: %s", i, categoryNames[s.Category])
	}
	switch s.Category {
	case traffic:
		if s.Together {
			r.askTogether(s.Calls)
			break
		}
		for c := range s.Calls {
			r.ask(&s.Calls[c])
			if s.Settle {
				r.w.Settle()
			}
		}
	case crumb:
		r.crumb(s)
	case settle:
		r.w.Settle()
	case pass:
		r.pass(s.Millis)
	case server:
		r.serverFault(s)
	case router:
		r.routerFault(s)
	case network:
		r.inject(networkFaults, s)
	case clocks:
		r.inject(clockFaults, s)
	case clientele:
		r.inject(clientFaults, s)
	case story:
		r.tellStory(s)
	case sweep:
		if r.w.Router.Up() {
			r.w.Router.Step(coord.Input{Kind: coord.InSweep})
		}
	}
	r.audit()
	r.flushTrace()
}

// pass lets time go by, and what was held for a while go on in between.
func (r *run) pass(millis int64) {
	for millis > 0 {
		part := min(millis, 100)
		r.w.Pass(part)
		r.flap()
		r.release()
		millis -= part
	}
}

// crumb lets one small thing happen and nothing else.
func (r *run) crumb(s *Step) {
	srv, rt := r.w.Servers[s.Server], r.w.Router
	switch s.Which % 6 {
	case 0:
		rt.Sync()
	case 1:
		srv.ReceiveSome(s.Amount)
	case 2:
		srv.DeliverSome(s.Amount)
	case 3:
		srv.Sync()
	case 4:
		srv.Connect()
	case 5:
		if rt.Core() != nil {
			rt.CommitSteps(s.Amount)
		}
	}
}

// hold keeps something from happening for a while.
func (r *run) hold(who int, millis int64) { r.hangs[who] = max(r.hangs[who], r.now()+millis) }

// release ends what was held long enough.
func (r *run) release() {
	now := r.now()
	for i, s := range r.w.Servers {
		if r.hangs[i] <= now {
			s.Release()
		} else {
			r.ails(i)
		}
		s.TryAgain()
	}
	if r.hangs[len(r.w.Servers)] <= now {
		r.w.Router.HoldSync = false
		r.setTight(false)
	} else {
		r.ails(len(r.w.Servers))
	}
}
