package campaign

import (
	"math"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/sim/disk"
)

// killRouter ends the router, if it may end so, and with it what its disk has not synced.
func (t *tale) killRouter() bool {
	t.r.w.Router.HoldSync = false
	if !t.r.mayEnd() {
		t.r.w.Settle()
		return false
	}
	t.r.killRouter(0, 0)
	return true
}

// restart kills the router and starts it; servers that may dial do so.
func (t *tale) restart() {
	if t.killRouter() {
		t.r.startRouter()
	}
	t.r.w.Settle()
}

// wipe empties a server's volume, which is down, if nothing is lost by it but perhaps of the story's key.
func (t *tale) wipe(n int) bool {
	if !t.r.expendableBut(n, t.key) {
		return false
	}
	t.r.wipe(n)
	return true
}

// putBack restores a volume under a server that is down.
func (t *tale) putBack(n int, v disk.Volume) {
	t.server(n).Restore(v)
	t.r.lasting = nil
	t.r.losses.torn[n] = true
}

// remove deletes the key, or flushes its database.
func (t *tale) remove() {
	if t.rng.IntN(2) == 0 {
		t.do(coord.OpDel)
	} else {
		t.trouble()
		db := t.r.p.Keys[t.key].DB
		t.r.ask(t.r.p.flush(db))
		t.r.w.Settle()
	}
	t.pass(1200) // it is settled, and known to be
}

// seenBefore is a version ahead of the clock that the router has shown, before it died.
func (t *tale) seenBefore() {
	if !t.needs(register) || t.r.waiting[t.key] > 0 {
		return
	}
	n, rest := t.copies[0], t.others(t.copies[0])
	k := &t.r.p.Keys[t.key]
	if everywhere := t.rng.IntN(2) == 0; everywhere || len(rest) == 0 {
		rest = nil
	}
	t.leave(rest...)
	holders := t.copies
	if rest != nil {
		holders = t.copies[:1]
	}
	if c := t.anotherRouters(k, holders...); c != nil {
		c.Unknown, c.Ended, c.High = true, math.MaxInt64, math.MaxInt64
	}
	t.do(coord.OpGet)
	t.leave(t.copies...)
	t.restart()
	t.back(rest...)
	t.do(coord.OpSet)
	t.back(n)
	t.back(t.copies...)
	t.do(coord.OpGet)
}

// endedNote is a note that is paid, whose end is not on the journal's disk when a newer write is answered and the router dies.
func (t *tale) endedNote() {
	n := t.copies[0]
	t.do(coord.OpSet)
	t.leave(n)
	t.do(coord.OpDel)
	t.back(n)
	t.r.w.Router.HoldSync = true
	t.pass(200)
	t.do(coord.OpSet)
	if !t.killRouter() {
		return
	}
	t.leave(t.copies...)
	t.r.startRouter()
	t.r.w.Settle()
	t.do(coord.OpGet)
}

// paidBackup is a volume copied before a payment, and put back after the router was killed.
func (t *tale) paidBackup() {
	n := t.copies[0]
	if len(t.copies) < 2 || t.r.relaxed() || !t.r.mayEnd() {
		return
	}
	t.leave(n)
	t.do(coord.OpSet)
	t.pass(1200)
	if !t.back(n) {
		return
	}
	before := t.server(n).Snapshot()
	t.pass(200)
	t.r.killRouter(0, 0)
	if t.cut(n); t.r.expendableBut(n, -1) {
		t.putBack(n, before)
	}
	t.leave(t.others(n)...)
	t.r.startRouter()
	t.r.w.Settle()
	t.back(n)
	t.do(coord.OpGet)
}

// wipedHolder is a copy that has confirmed what another is owed, and is wiped; the journal's record must outlive the router's
// restarts.
func (t *tale) wipedHolder() {
	n, away := t.copies[0], t.others(t.copies[0])
	t.leave(away...)
	t.do(coord.OpSet)
	t.pass(2000)
	if !t.killRouter() {
		return
	}
	if t.cut(n); t.r.expendable(n) {
		t.r.wipe(n)
	}
	t.r.startRouter()
	t.back(n)
	t.restart()
	t.pass(200)
	t.do(coord.OpGet)
	t.back(t.copies...)
	t.pass(200)
	t.do(coord.OpGet)
}

// confirmedThenGone is a write that a copy has confirmed and lost with its volume, before the others have answered.
func (t *tale) confirmedThenGone() {
	n, rest := t.copies[0], t.others(t.copies[0])
	if len(rest) == 0 || t.r.relaxed() || !t.r.mayEnd() {
		return
	}
	t.pass(1500) // what servers confirmed so far is written down
	if t.r.waiting[t.key] > 0 || !t.r.expendable(n) {
		return
	}
	old := t.server(n).Snapshot()
	if len(rest) > 1 && t.rng.IntN(2) == 0 { // it is owed the write at once: the journal has the record, but may let go of it for n
		t.leave(rest[1])
	}
	for _, o := range rest {
		t.server(o).HoldIn = true
	}
	c := t.do(coord.OpSet)
	if c == nil || !c.Pending() { // nobody waited for the others, which are slow: it is the only one to have what was answered
		return
	}
	t.cut(n)
	restored := t.rng.IntN(2) == 0
	if restored && t.r.expendableBut(n, t.key) {
		t.putBack(n, old)
	} else if !t.wipe(n) {
		return
	}
	t.r.must(t.server(n).Start())
	t.r.w.Router.HoldSync = restored
	t.r.w.Settle()
	for _, o := range rest {
		if t.server(o).HoldIn = false; !restored {
			t.leave(o)
		}
	}
	t.r.w.Settle()
	if restored {
		t.r.killRouter(0, 0)
		t.r.w.Router.HoldSync = false
		t.leave(rest...)
		t.r.startRouter()
		t.r.w.Settle()
	}
	t.back(n)
	t.do(coord.OpGet)
	t.back(rest...)
	t.do(coord.OpGet)
}

// wipedUnderWrite is a copy that alone has a write which is not answered yet, since the journal has to sync that the others are owed it, and
// which the journal leaves to that copy. Then it is wiped.
func (t *tale) wipedUnderWrite() {
	n, rest := t.copies[0], t.others(t.copies[0])
	if t.r.waiting[t.key] > 0 || !t.r.expendable(n) {
		return
	}
	t.leave(rest...)
	t.r.w.Router.HoldSync = true
	c := t.do(coord.OpSet)
	if t.cut(n); c != nil && c.Pending() && t.wipe(n) {
		t.r.must(t.server(n).Start())
		t.r.w.Settle()
	}
	t.r.w.Router.HoldSync = false
	t.r.w.Settle()
	t.back(n)
	t.do(coord.OpGet)
	t.back(rest...)
	t.do(coord.OpGet)
}

// expiredDebt is a note of a record that has expired and that nobody holds any more.
func (t *tale) expiredDebt() {
	t.needs(fleeting)
	n, rest := t.copies[0], t.others(t.copies[0])
	if t.r.waiting[t.key] > 0 {
		return
	}
	t.leave(n)
	c := t.fleeting(30)
	t.r.w.Settle()
	t.pass(100)
	gone := t.do(coord.OpGet)
	if !done(c) || !done(gone) || gone.Code != coord.ReplyNil {
		return
	}
	if t.r.rotten(&t.r.p.Keys[t.key]) {
		return
	}
	for _, o := range rest {
		t.cut(o)
		t.wipe(o)
	}
	if !t.back(t.copies...) {
		return
	}
	t.pass(1000)
	if !t.linked(t.copies...) { // one went without a word before the story, and was there for the router only
		return
	}
	if c := t.do(coord.OpGet); c != nil && c.Fault == fault.NoServer {
		t.r.failf("LIVE", string(c.In.Key), "a note that nobody can pay blocks reads: %s", c)
	}
}

// overtaken is an older write that a copy misses while a newer one is under way to it, which the others were paid meanwhile.
func (t *tale) overtaken() {
	n, rest := t.copies[0], t.others(t.copies[0])
	deadline := t.r.p.Config.DeadlineMillis
	t.server(n).HoldIn = true
	t.do(coord.OpSet)
	t.pass(deadline - 3*coord.TickInterval)
	for _, o := range rest {
		t.server(o).HoldIn = true
	}
	t.do(coord.OpSet)
	t.leave(rest...)
	t.pass(5 * coord.TickInterval)
	t.back(rest...)
	t.pass(6 * coord.TickInterval)
	t.leave(n)
	if !t.killRouter() {
		return
	}
	t.leave(rest...)
	t.r.startRouter()
	t.r.w.Settle()
	t.back(n)
	t.do(coord.OpGet)
}
