package server

import (
	"testing"

	"github.com/distributedstorage/ds/internal/wire"
)

const never = 3_600_000 // ms

// What is relaxed is answered while the disk hangs, and says so; what is not waits.
func TestRelaxedAnswersWaitForNoSync(t *testing.T) {
	r := newRouter(t)
	d := newDisk()
	r.start(d)
	p := r.relaxed(wire.DurabilityNone, 0)
	gate := d.hold()
	p.send(set(1, held[0], "strict"))
	<-d.began
	p.send(relaxed(set(2, held[1], "value")), relaxed(get(3, held[1])), relaxed(get(4, held[0])))
	if f := p.answer(wire.ApplyReply, 2); !f.Relaxed || f.Code != wire.Applied || f.Sequence != uint64(d.LSN()) {
		t.Errorf("answer %+v", f)
	}
	for i, want := range []string{"value", "strict"} {
		if f := p.answer(wire.ReadReply, 3+uint64(i)); !f.Relaxed || string(f.Value) != want {
			t.Errorf("answer %+v", f)
		}
	}
	gate <- struct{}{}
	if f := p.answer(wire.ApplyReply, 1); f.Relaxed {
		t.Errorf("answer %+v", f)
	}
	d.open()
}

// Without an interval nothing that is relaxed costs a sync, until the server stops in order.
func TestNoneSyncsWhenItStops(t *testing.T) {
	r := newRouter(t)
	d := newDisk()
	s := r.start(d)
	p := r.relaxed(wire.DurabilityNone, 1)
	before := d.count()
	for ticket := uint64(1); ticket < 50; ticket++ {
		p.send(relaxed(set(ticket, held[0], "value")))
		p.answer(wire.ApplyReply, ticket)
	}
	if n := d.count() - before; n != 0 {
		t.Errorf("%d syncs", n)
	}
	s.TurnOff()
	p.closed()
	if h, _ := d.Crash().Head(0, held[0]); h.Version.Time != 49 {
		t.Errorf("what is left is version %v", h.Version)
	}
}

// With an interval the disk is synced though nobody waits for it.
func TestIntervalSyncsByItself(t *testing.T) {
	r := newRouter(t)
	d := newDisk()
	r.start(d)
	p := r.relaxed(wire.DurabilityInterval, 1)
	gate := d.hold()
	p.send(relaxed(set(1, held[0], "value")))
	p.answer(wire.ApplyReply, 1)
	<-d.began // one that may have begun before the write
	gate <- struct{}{}
	<-d.began
	gate <- struct{}{}
	<-d.began
	d.open()
	branch := d.Clone()
	if h, _ := branch.Crash().Head(0, held[0]); !h.Exists() {
		t.Error("the write is not durable after two syncs")
	}
}

// A link that ends leaves nothing unsynced for the time until the next one.
func TestIntervalSyncsAtTheEndOfALink(t *testing.T) {
	r := newRouter(t)
	d := newDisk()
	r.start(d)
	p := r.relaxed(wire.DurabilityInterval, never)
	p.send(relaxed(set(1, held[0], "value")))
	p.answer(wire.ApplyReply, 1)
	p.conn.Close()
	r.accept()
	if h, _ := d.Clone().Crash().Head(0, held[0]); !h.Exists() {
		t.Error("the write is not durable before the next hello")
	}
}
