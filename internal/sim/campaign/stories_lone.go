package campaign

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/sim"
)

// lone has all copies but the rest take a write of which nobody knows: the router dies with its note, if it may.
func (t *tale) lone(rest []int) bool {
	t.leave(rest...)
	t.r.w.Router.HoldSync = true
	t.do(coord.OpSet)
	return t.killRouter()
}

// loneWrite is a write that one copy has and nobody knows of, because the router died.
func (t *tale) loneWrite() {
	t.needs(register)
	n, rest := t.copies[0], t.others(t.copies[0])
	if len(rest) == 0 {
		return
	}
	ending := t.rng.IntN(3)
	if ending == 0 {
		t.remove()
	}
	if !t.lone(rest) {
		return
	}
	t.leave(n)
	t.r.startRouter()
	t.r.w.Settle()
	switch ending {
	case 0: // a delete must hide it
		t.back(rest...)
		t.do(coord.OpDel)
	case 1: // whoever is shown it must find it again
		t.back(n)
		t.do(coord.OpGet)
		t.leave(n)
		t.back(rest[0])
	case 2: // so too after others were compared
		t.back(rest...)
		t.pass(300)
		t.leave(rest...)
		t.back(n)
		t.do(coord.OpGet)
		t.leave(n)
		t.back(rest[0])
	}
	t.do(coord.OpGet)
	t.back(t.copies...)
	t.do(coord.OpGet)
}

// blindly is a value that one copy has and nobody knows of, because the router died; the next one computed without that copy, and died too. Who is shown
// the former can't be shown what was computed without it afterwards.
func (t *tale) blindly() {
	of := register
	if t.rng.IntN(2) == 0 {
		of = counter
	}
	if !t.needs(of) || t.r.waiting[t.key] > 0 {
		return
	}
	n, rest, k := t.copies[0], t.others(t.copies[0]), &t.r.p.Keys[t.key]
	if !t.lone(rest) {
		return
	}
	t.leave(n)
	t.r.startRouter()
	t.back(rest...)
	t.r.w.Router.HoldSync = true
	in := coord.Input{Op: coord.OpIncrBy, DB: k.DB, Key: k.Name, N: 1}
	if of == register { // what is written is a tombstone
		in.Op, in.Value, in.Flags = coord.OpSet, t.value(), coord.FlagNX|coord.FlagExpireAt
	}
	for _, o := range rest[1:] { // they are late with what they have, and owed what is written
		t.server(o).HoldOut = true
	}
	t.ask(in)
	t.r.w.Settle()
	t.pass(t.r.p.Config.DeadlineMillis + 2*coord.TickInterval)
	if !t.killRouter() {
		return
	}
	t.leave(rest...)
	t.r.startRouter()
	t.back(n)
	t.do(coord.OpGet)
	t.back(rest...)
	t.do(coord.OpGet)
}

// writtenBack is a write that one copy has and nobody knows of. A read writes it back to the others, which confirm a newer one meanwhile that was sent before, and go with
// what the read sent them.
func (t *tale) writtenBack() {
	if !t.needs(register) || t.r.waiting[t.key] > 0 {
		return
	}
	n, rest := t.copies[0], t.others(t.copies[0])
	if !t.lone(rest) {
		return
	}
	t.r.startRouter()
	if !t.back(t.copies...) {
		return
	}
	far := sim.Weather{Until: t.r.now() + 1000, Delay: coord.TickInterval}
	t.weather(rest, far, far)
	t.send(coord.OpGet)
	t.send(coord.OpSet)
	t.pass(3 * coord.TickInterval)
	t.leave(rest...)
	t.leave(n)
	t.do(coord.OpGet)
	t.weather(rest, sim.Weather{}, sim.Weather{})
	t.back(t.copies...)
	t.do(coord.OpGet)
}
