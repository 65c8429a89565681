package campaign

import (
	"bytes"
	"fmt"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// fill takes what is left of the room of lanes that are held with reads.
func (t *tale) fill() {
	for range t.r.p.Config.LaneOperations {
		t.send(coord.OpGet)
	}
	t.r.w.Settle()
}

// fullLane asks for what a write under way has changed, while the copies that it is under way to have no room for a question.
func (t *tale) fullLane() {
	all := t.rng.IntN(2) == 0
	if !all {
		t.needs(counter)
	}
	k, away := &t.r.p.Keys[t.key], t.copies
	if !all {
		away = t.copies[:1]
	}
	t.leave(away...)
	t.change(k)
	t.r.w.Settle()
	t.back(away...)
	for _, n := range away {
		t.server(n).HoldIn = true
	}
	t.send(coord.OpSet)
	t.fill()
	if !all {
		for _, n := range t.others(away[0]) {
			t.cut(n)
		}
		t.r.w.Settle()
	}
	t.change(k)
	t.send(coord.OpGet)
	t.r.w.Settle()
	t.back(t.copies...)
	t.do(coord.OpGet)
}

// change asks for something that depends on what is stored, if the key is one for that.
func (t *tale) change(k *Key) {
	switch k.Class {
	case counter:
		t.ask(coord.Input{Op: coord.OpIncrBy, DB: k.DB, Key: k.Name, N: 1})
	case register:
		t.ask(coord.Input{Op: coord.OpAppend, DB: k.DB, Key: k.Name, Value: t.value()})
	default:
		t.send(coord.OpSet)
	}
}

// collapseUnderWrite makes a newer write miss a copy to which an older one is under way, and its note collapse.
func (t *tale) collapseUnderWrite() {
	n := t.copies[0]
	t.server(n).HoldIn = true
	t.send(coord.OpSet)
	t.fill()
	t.do(coord.OpSet)
	t.pass(t.r.p.Config.DeadlineMillis + 2*coord.TickInterval)
	t.leave(n)
	t.leave(t.others(n)...)
	t.do(coord.OpGet)
}

// hungDisks writes more than the buffer may hold while nobody's disk answers, though everybody is there.
func (t *tale) hungDisks() {
	cfg := &t.r.p.Config
	t.needs(register)
	k := &t.r.p.Keys[t.key]
	if k.Class == counter {
		return
	}
	for _, n := range t.copies {
		t.server(n).HoldSync = true
	}
	for range 3 {
		t.do(coord.OpSet)
		t.pass(cfg.DeadlineMillis + 2*coord.TickInterval)
	}
	for _, s := range t.r.w.Router.Servers() {
		for _, n := range t.copies {
			if int(s.Number) == n && !s.Slow {
				return
			}
		}
	}
	before := t.r.w.Router.Core().Buffered()
	t.ask(coord.Input{Op: coord.OpSet, DB: k.DB, Key: k.Name, Value: append(t.value(), bytes.Repeat([]byte{'~'}, int(cfg.BufferCap))...)})
	t.r.w.Settle()
	t.pass(cfg.DeadlineMillis + 2*coord.TickInterval)
	if after := t.r.w.Router.Core().Buffered(); after > max(before, cfg.BufferCap) {
		t.r.failf("BOUNDED", "", "%d bytes are buffered while all disks hang, the cap is %d", after, cfg.BufferCap)
	}
}

// pausedRouter lets the router stand still while the answers to a write wait for it, which has missed no copy by then: there is no other
// write of the key, and nothing on its way that an earlier fault has touched.
func (t *tale) pausedRouter() {
	cfg := &t.r.p.Config
	pause := cfg.DeadlineMillis + 100
	if !t.unhindered() || t.r.waiting[t.key] > 0 {
		return
	}
	for _, n := range t.copies {
		t.server(n).HoldOut = true
	}
	note := t.r.journalKey('e', &t.r.p.Keys[t.key])
	c := t.do(coord.OpSet)
	_, before := t.r.w.Router.Row(note) // a slow copy, or one whose lane is full, misses it at once
	t.r.w.PauseRouter(pause)
	t.r.w.Router.Step(coord.Input{Kind: coord.InTick})
	for _, n := range t.copies {
		t.server(n).HoldOut = false
	}
	t.r.w.Settle()
	if _, after := t.r.w.Router.Row(note); c != nil && after && !before {
		t.r.failf("LIVE", string(c.In.Key), "a pause of the router for %d ms made a copy owed: %s", pause, c)
	}
}

// idlePipeline sends a pipeline after a time in which the clock went past its ceiling.
func (t *tale) idlePipeline() {
	k := &t.r.p.Keys[t.key]
	t.pass(5000)
	t.r.w.Router.HoldSync = t.rng.IntN(2) == 0
	for range 3 + t.rng.IntN(4) {
		switch t.rng.IntN(3) {
		case 0:
			t.send(coord.OpGet)
		case 1:
			t.change(k)
		default:
			t.send(coord.OpSet)
		}
	}
	t.r.w.Router.HoldSync = false
	t.r.w.Settle()
}

// askedWhilePaid is a read of a key whose record the journal has let go of, while the copy that it is owed to is paid: the record is on its
// way from the copy that has it.
func (t *tale) askedWhilePaid() {
	n, rest := t.copies[0], t.others(t.copies[0])
	t.leave(n)
	if c := t.do(coord.OpSet); !done(c) {
		return
	}
	for _, o := range rest {
		t.server(o).HoldOut = true
	}
	t.back(n)
	t.pass(coord.TickInterval)
	for _, o := range rest {
		t.server(o).HoldOut = false
	}
	t.send(coord.OpGet)
	t.send(coord.OpGet)
	t.r.w.Settle()
}

// throng is many small things that happen to one key and its copies.
func (t *tale) throng() {
	r, k, rt := t.r, &t.r.p.Keys[t.key], t.r.w.Router
	for range 15 + t.rng.IntN(30) {
		n := t.copies[t.rng.IntN(len(t.copies))]
		srv := t.server(n)
		switch t.rng.IntN(17) {
		case 0, 1, 2:
			t.send(coord.OpSet)
		case 3, 4:
			t.send(coord.OpGet)
		case 5:
			t.send(coord.OpDel)
		case 6:
			t.change(k)
		case 7:
			srv.HoldIn = !srv.HoldIn
		case 8:
			srv.HoldOut = !srv.HoldOut
		case 9:
			srv.HoldSync = !srv.HoldSync
		case 10:
			srv.ReceiveSome(1 + t.rng.IntN(2))
			srv.Sync()
		case 11:
			srv.DeliverSome(1 + t.rng.IntN(2))
		case 12:
			rt.HoldSync = !rt.HoldSync
		case 13:
			t.pass([]int64{coord.TickInterval, 3 * coord.TickInterval, r.p.Config.DeadlineMillis}[t.rng.IntN(3)])
		case 14:
			srv.HangUp()
			srv.Unplugged = t.rng.IntN(2) == 0
		case 15:
			srv.Release()
			r.w.Settle()
		case 16:
			t.upset(n)
		}
	}
	rt.HoldSync = false
	r.w.Settle()
}

// value is unique in the run.
func (t *tale) value() []byte { return fmt.Appendf(nil, "s%d.", t.r.tag) }

// ask sends a request without letting anything happen; nil if it could not be sent.
func (t *tale) ask(in coord.Input) *oracle.Call {
	t.trouble()
	before := len(t.r.history.Calls)
	t.r.ask(&oracle.Call{Client: t.client, Key: t.key, In: in})
	if len(t.r.history.Calls) == before {
		return nil
	}
	return t.r.history.Calls[before]
}
