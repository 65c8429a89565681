package campaign

import (
	"math"

	"github.com/distributedstorage/ds/internal/coord"
)

// onlyServersKnow is a flush, or a version ahead of the clock, that servers alone know of once the router's journal is lost. A router that
// adopts them must go on from there.
func (t *tale) onlyServersKnow() {
	n, flush := t.copies[0], t.rng.IntN(2) == 0
	if flush {
		t.do(coord.OpSet)
		t.leave(n)
		t.r.ask(t.r.p.flush(t.r.p.Keys[t.key].DB))
		t.r.w.Settle()
	} else if !t.aheadAt(n) {
		return
	}
	if !t.adopted(n) {
		return
	}
	if !flush {
		t.leave(n)
		t.do(coord.OpSet)
		t.back(n)
	}
	t.do(coord.OpGet)
}

// aheadAt puts a write of another router, ahead of the clock, into one copy. Nobody knows whether it was carried out.
func (t *tale) aheadAt(n int) bool {
	if !t.needs(register) || t.r.waiting[t.key] > 0 {
		return false
	}
	c := t.anotherRouters(&t.r.p.Keys[t.key], n)
	if c == nil {
		return false
	}
	c.Unknown, c.Ended, c.High = true, math.MaxInt64, math.MaxInt64
	return true
}

// adopted loses the router's journal, and lets a router adopt all servers. The last of them is not there before.
func (t *tale) adopted(last int) bool {
	r := t.r
	if !r.mayEnd() {
		return false
	}
	r.loseJournal(&Step{Amount: 1, Roll: 1<<18 | 1<<26 | 1<<9}) // nobody falls behind, and none is given up
	if !r.volume.adopting {
		return false
	}
	r.killRouter(0, 0)
	r.startRouter()
	r.w.Settle()
	return t.back(last) && !r.volume.adopting
}

// silent is a server that goes without a word and comes back with an empty volume, which nobody takes for it while its link seems to be there.
func (t *tale) silent() {
	n := t.copies[0]
	if !t.r.expendable(n) {
		return
	}
	t.server(n).Vanish(t.r.cut(n, 0))
	t.r.saw(stateHalfOpen)
	if !t.r.expendable(n) {
		return
	}
	t.r.wipe(n)
	t.r.must(t.server(n).Start())
	t.do(coord.OpSet)
	t.pass(t.r.p.Config.AwayMillis)
}
