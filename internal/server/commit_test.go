package server

import (
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

// While a sync runs, requests are processed, what is durable is answered, and all that waits shares
// the next sync.
func TestWorkGoesOnDuringASync(t *testing.T) {
	r := newRouter(t)
	d := newDisk()
	r.start(d)
	p := r.session()
	p.send(set(1, held[0], "old"))
	p.answer(wire.ApplyReply, 1)
	gate := d.hold()
	p.send(set(2, held[1], "two"))
	<-d.began
	before := d.count()
	for ticket := uint64(3); ticket < 23; ticket++ {
		p.send(set(ticket, held[1], "more"), get(100+ticket, held[0]))
		if f := p.answer(wire.ReadReply, 100+ticket); string(f.Value) != "old" {
			t.Fatalf("read %q", f.Value)
		}
	}
	gate <- struct{}{}
	p.answer(wire.ApplyReply, 2)
	<-d.began
	d.open()
	for ticket := uint64(3); ticket < 23; ticket++ {
		p.answer(wire.ApplyReply, ticket)
	}
	if n := d.count() - before; n != 1 {
		t.Errorf("%d syncs for what waited during one", n)
	}
}

func TestNothingToSyncNoSync(t *testing.T) {
	r := newRouter(t)
	d := newDisk()
	r.start(d)
	p := r.session()
	p.send(set(1, held[0], "old"))
	p.answer(wire.ApplyReply, 1)
	before := d.count()
	for ticket := uint64(2); ticket < 20; ticket++ {
		p.send(get(ticket, held[0]), wire.Frame{Type: wire.Heartbeat, Ticket: ticket})
		p.next()
		p.next()
	}
	if n := d.count() - before; n != 0 {
		t.Errorf("%d syncs without a write", n)
	}
}

// An orderly stop answers what was asked, says goodbye, and leaves everything durable.
func TestTurnOffSyncsAnswersAndSaysGoodbye(t *testing.T) {
	r := newRouter(t)
	d := newDisk()
	s := r.start(d)
	p := r.session()
	d.hold()
	p.send(set(1, held[0], "value"))
	<-d.began
	p.send(set(2, held[1], "value"), wire.Frame{Type: wire.Heartbeat, Ticket: 3})
	p.answer(wire.HeartbeatReply, 3)
	off := make(chan struct{})
	go func() {
		s.TurnOff()
		close(off)
	}()
	d.open()
	p.answer(wire.ApplyReply, 1)
	p.answer(wire.ApplyReply, 2)
	if f := p.next(); f.Type != wire.Goodbye {
		t.Errorf("a frame of type %d instead of goodbye", f.Type)
	}
	if more := p.closed(); len(more) != 0 {
		t.Errorf("%d frames after goodbye", len(more))
	}
	<-off
	after := d.Crash()
	if h, _ := after.Head(0, held[1]); !h.Exists() {
		t.Error("the second write is not durable")
	}
	if s.VolumeOpen() || s.HasSession() || s.Healthy() == nil {
		t.Error("still says that it runs")
	}
}

func TestTurnOffWithoutRouter(t *testing.T) {
	r := newRouter(t)
	r.listen.Close()
	s := r.start(model.New())
	await(t, "the first attempt", func() bool { return strings.Contains(s.Ready().Error(), "can't be reached") })
	s.TurnOff()
	s.TurnOff()
}

// The program's own volume, closed in order and opened again.
func TestVolumeOnDisk(t *testing.T) {
	r := newRouter(t)
	data := t.TempDir()
	cfg := Config{Router: r.listen.Addr().String(), Number: 1, Data: data}
	for round := range uint64(2) {
		s := New(cfg)
		if err := s.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := r.session()
		if round == 1 {
			p.send(get(1, held[0]))
			if f := p.answer(wire.ReadReply, 1); string(f.Value) != "value" {
				t.Errorf("read %q, status %d", f.Value, f.Code)
			}
		}
		p.send(set(2+round, held[0], "value"))
		p.answer(wire.ApplyReply, 2+round)
		if round == 0 {
			if _, err := engine.Open(data, engine.Options{}); err == nil {
				t.Error("the volume is not locked")
			}
		}
		s.TurnOff()
	}
}
