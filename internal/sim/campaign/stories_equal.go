package campaign

import (
	"github.com/distributedstorage/ds/internal/coord"
)

// onlyJournal compares copies that are equal because they lack what the journal alone has: one was wiped, the others were away. Its mark
// ends, and a note must stand for what it lacks.
func (t *tale) onlyJournal() {
	n, rest := t.copies[0], t.others(t.copies[0])
	t.leave(rest...)
	if c := t.do(coord.OpSet); !done(c) {
		return
	}
	t.cut(n)
	t.r.w.Settle() // the router knows that it is away
	if !t.r.expendable(n) {
		return
	}
	t.r.wipe(n)
	if !t.back(n) || !t.back(rest...) {
		return
	}
	t.compare(n)
	for _, reader := range t.copies[:1+t.rng.IntN(2)] {
		t.askAlone(reader)
	}
}

// onlyJournalKnows does so with a write under which the router died. Nobody knows then who has it, until the copies are equal.
func (t *tale) onlyJournalKnows() {
	n, rest := t.copies[0], t.others(t.copies[0])
	t.leave(n)
	for _, o := range rest {
		t.server(o).HoldIn = true
	}
	t.do(coord.OpSet)
	if !t.killRouter() {
		return
	}
	for _, o := range rest {
		t.cut(o)
	}
	t.r.startRouter()
	t.r.w.Settle()
	if !t.back(t.copies...) {
		return
	}
	t.compare(rest...)
	for _, reader := range t.copies {
		t.askAlone(reader)
	}
}

// compare compares the copies, and pays notes of the key; before the answers of some are there, or after.
func (t *tale) compare(some ...int) {
	under := t.rng.IntN(2) == 0
	for _, n := range some {
		t.server(n).HoldOut = under
	}
	t.r.w.Router.Step(coord.Input{Kind: coord.InSweep})
	t.r.w.Settle()
	for i := 0; i < 10 && t.noted(); i++ {
		t.pass(coord.TickInterval)
	}
	for _, n := range some {
		t.server(n).HoldOut = false
	}
	t.r.w.Settle()
}

// noted tells that the journal has an entry of the key.
func (t *tale) noted() bool {
	_, there := t.r.w.Router.Row(t.r.journalKey('e', &t.r.p.Keys[t.key]))
	return there
}

// askAlone asks for the key while one copy alone is there.
func (t *tale) askAlone(n int) {
	t.leave(t.others(n)...)
	t.back(n)
	t.do(coord.OpGet)
}
