package campaign

import (
	"bytes"
	"fmt"
	"math"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/sim"
	"github.com/distributedstorage/ds/internal/sim/oracle"
	"github.com/distributedstorage/ds/internal/wire"
)

// alone asks a copy while the others are away, after its link was lost with whatever was on it.
func (t *tale) alone(n int) {
	t.leave(n)
	t.leave(t.others(n)...)
	t.back(n)
	t.do(coord.OpGet)
}

// lateReply lets the answer to a write arrive after its deadline, while a newer write of the key is under way.
func (t *tale) lateReply() {
	if len(t.copies) < 2 {
		return
	}
	n := t.copies[0]
	t.server(n).HoldOut = true
	t.do(coord.OpSet)
	t.pass(t.r.p.Config.DeadlineMillis + 2*coord.TickInterval)
	for _, o := range t.copies {
		t.server(o).HoldIn = true
	}
	t.send(coord.OpSet)
	t.server(n).HoldOut = false
	t.r.w.Settle()
	for _, o := range t.others(n) {
		t.server(o).HoldIn = false
	}
	t.r.w.Settle()
	t.alone(n)
}

// markUnderComparison makes a write miss a copy, and collapse into a mark, after the copy has told its digest and before the
// router has heard it.
func (t *tale) markUnderComparison() {
	cfg := &t.r.p.Config
	n := t.copies[0]
	t.server(n).HoldOut = true
	t.r.w.Router.Step(coord.Input{Kind: coord.InSweep})
	t.r.w.Settle()
	t.server(n).HoldIn = true
	t.do(coord.OpSet)
	t.pass(cfg.DeadlineMillis + 2*coord.TickInterval)
	t.server(n).HoldOut = false
	t.r.w.Settle()
	t.alone(n)
}

// ahead is the volume of every copy having a write of another router from before, with a version ahead of the clock. It was
// carried out; so a write that comes after it must hide it.
func (t *tale) ahead() {
	if !t.needs(register) || t.r.waiting[t.key] > 0 || !t.linked(t.copies...) {
		return
	}
	k := &t.r.p.Keys[t.key]
	foreign := t.anotherRouters(k, t.copies...)
	if foreign == nil {
		return
	}
	first := t.do(coord.OpSet)
	_, buffered := t.r.w.Router.Row(t.r.journalKey('v', k))
	second := t.do(coord.OpGet)
	if buffered || !done(first) && !done(second) { // nobody is sure that this router knows of it
		foreign.Unknown, foreign.Ended, foreign.High = true, math.MaxInt64, math.MaxInt64
	}
}

// weather changes what happens to frames to and from servers.
func (t *tale) weather(servers []int, to, from sim.Weather) {
	for _, n := range servers {
		t.server(n).SetWeather(to, from)
	}
}

// smallLost is a small value that got lost on its way, and a large one of the same key after it, which goes another way and arrives.
func (t *tale) smallLost() {
	if !t.needs(register) || t.r.waiting[t.key] > 0 {
		return
	}
	k := &t.r.p.Keys[t.key]
	t.weather(t.copies, sim.Weather{Until: math.MaxInt64, Lost: 1000}, sim.Weather{})
	t.ask(coord.Input{Op: coord.OpSet, DB: k.DB, Key: k.Name, Value: t.value()})
	t.r.w.Settle()
	t.weather(t.copies, sim.Weather{}, sim.Weather{})
	large := append(t.value(), bytes.Repeat([]byte{'~'}, wire.LargeValue)...)
	t.ask(coord.Input{Op: coord.OpSet, DB: k.DB, Key: k.Name, Value: large})
	t.r.w.Settle()
	t.do(coord.OpGet) // from which the servers see that they miss a frame
	t.pass(coord.TickInterval)
	t.do(coord.OpGet)
}

// anotherRouters puts a record of another router into copies; nil if one has something newer.
func (t *tale) anotherRouters(k *Key, holders ...int) *oracle.Call {
	r := t.r
	value := fmt.Appendf(nil, "a%d.", r.tag)
	head := kv.Head{
		Version: kv.Version{Time: uint64(r.w.Now().Wall+int64(2000+t.rng.IntN(10_000))) << 16, Router: 60_009}, Kind: kv.Live,
		Length: uint32(len(value)), Checksum: kv.Checksum(kv.Live, 0, value),
	}
	for _, n := range holders {
		st := t.server(n).Store()
		if have, _ := st.Head(k.DB, k.Name); have.Newer(head) || !st.Flushed(k.DB).Less(head.Version) {
			return nil
		}
	}
	for _, n := range holders {
		srv, outcome := t.server(n), make([]replica.Outcome, 1)
		_, err := srv.Store().Apply([]replica.Write{{DB: k.DB, Key: k.Name, Head: head, Value: value}}, outcome)
		r.must(err)
		if outcome[0].Code != wire.Applied {
			r.failf("ASSERTED", string(k.Name), "a newer record was not applied: %d", outcome[0].Code)
		}
		srv.Persist()
	}
	r.clock += 2
	c := &oracle.Call{Client: oracle.MaxClients - 1, Key: t.key, Began: r.clock - 1, Ended: r.clock, Code: coord.ReplyOK}
	c.In = coord.Input{Op: coord.OpSet, DB: k.DB, Key: k.Name, Value: value}
	r.history.Calls = append(r.history.Calls, c)
	r.saw(stateForeign)
	return c
}
