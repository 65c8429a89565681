package campaign

import (
	"math"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// turns lets copies leave and come back, so that each write finds other ones, and asks after each change.
func (t *tale) turns() {
	for range 3 + t.rng.IntN(4) {
		stay := t.rng.IntN(len(t.copies))
		for i, n := range t.copies {
			switch {
			case i == stay || t.rng.IntN(3) == 0:
				t.back(n)
			case t.rng.IntN(2) == 0:
				t.server(n).HoldIn = true // it misses what is on the way
			default:
				t.goAway(n)
			}
		}
		if t.rng.IntN(3) == 0 {
			t.pass(int64(1+t.rng.IntN(10)) * coord.TickInterval)
		}
		t.do([]coord.Op{coord.OpSet, coord.OpSet, coord.OpDel, coord.OpGet}[t.rng.IntN(4)])
		t.do(coord.OpGet)
		for _, n := range t.copies {
			if t.server(n).HoldIn {
				t.goAway(n)
			}
		}
	}
}

// goAway takes a server away, and sometimes its volume.
func (t *tale) goAway(n int) {
	switch t.rng.IntN(4) {
	case 0:
		t.cut(n)
	case 1:
		if t.cut(n); t.r.expendable(n) {
			t.r.wipe(n)
		}
	default:
		t.leave(n)
	}
	t.r.w.Settle()
}

// forgetful writes to all copies, and asks one that has forgotten it while the others are away.
func (t *tale) forgetful() {
	n := t.copies[0]
	old := t.rng.IntN(2) == 0
	if old {
		t.r.backups[n] = &backup{t.server(n).Snapshot(), t.r.sessions[n]}
		t.server(n).HangUp() // a backup from within the session may pass for the volume, if the router dies too
		if !t.back(n) {
			return
		}
	}
	t.do(coord.OpSet)
	t.cut(n)
	switch {
	case old:
		t.r.restore(n)
	case t.r.expendable(n):
		t.r.wipe(n)
	}
	t.leave(t.others(n)...)
	t.back(n)
	t.do(coord.OpGet)
	t.pass(int64(t.rng.IntN(10)) * 100)
	t.do(coord.OpGet)
}

// agreement lets all copies but one forget the key, and compares them while that one is away.
func (t *tale) agreement() {
	truth, rest := t.copies[0], t.others(t.copies[0])
	if t.rng.IntN(2) == 0 { // else it is a mark that stands for what they missed
		t.do(coord.OpSet)
		for _, n := range rest {
			if t.cut(n); t.r.expendable(n) {
				t.r.wipe(n)
			}
		}
	} else {
		t.leave(rest...)
		t.do(coord.OpSet)
	}
	t.leave(truth)
	t.back(rest...)
	t.pass(1200)
	t.do(coord.OpGet)
}

// lostDelete takes a copy away while a delete that others have confirmed is on its way to it, and then the others.
func (t *tale) lostDelete() {
	n := t.copies[0]
	t.do(coord.OpSet)
	t.send(coord.OpDel) // first it asks everybody
	t.server(n).ReceiveSome(math.MaxInt)
	t.server(n).Sync()
	t.server(n).HoldIn = true
	t.r.w.Settle()
	t.leave(n)
	t.leave(t.others(n)...)
	t.back(n)
	t.do(coord.OpGet)
}

// unsynced reads what no disk has, and cuts the power of everything.
func (t *tale) unsynced() {
	t.do(coord.OpSet)
	for _, n := range t.copies {
		t.server(n).HoldSync = true
	}
	t.send(coord.OpSet)
	t.do(coord.OpGet)
	if !t.killRouter() {
		return
	}
	for _, n := range t.copies {
		t.cut(n)
	}
	t.r.startRouter()
	t.r.w.Settle()
	t.back(t.copies...)
	t.do(coord.OpGet)
}

// rottenDebt damages a record on copies whose confirmations were lost, so that the journal alone has it whole.
func (t *tale) rottenDebt() {
	k := &t.r.p.Keys[t.key]
	for _, n := range t.copies {
		t.server(n).HoldOut = true
	}
	t.do(coord.OpSet)
	t.leave(t.copies...)
	for _, n := range t.copies {
		if head := t.server(n).DurableHead(k.DB, k.Name); head.Kind == kv.Live {
			t.r.rot(n, t.key)
		}
	}
	t.back(t.copies...)
	t.pass(200)
	t.do(coord.OpGet)
}
