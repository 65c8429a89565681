package server

import (
	"errors"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

func TestSessionServes(t *testing.T) {
	r := newRouter(t)
	s := r.start(model.New())
	p := r.session()
	if p.hello.Number != 1 || !p.hello.Cluster.IsZero() {
		t.Errorf("hello %+v", p.hello)
	}
	p.send(set(1, held[0], "value"))
	if f := p.answer(wire.ApplyReply, 1); f.Code != wire.Applied {
		t.Errorf("outcome %d", f.Code)
	}
	p.send(get(2, held[0]))
	if f := p.answer(wire.ReadReply, 2); string(f.Value) != "value" {
		t.Errorf("read %q", f.Value)
	}
	if !s.VolumeOpen() || !s.HasSession() || s.Refused() != nil || s.Healthy() != nil || s.Ready() != nil {
		t.Errorf("open %v, session %v, refused %v, healthy %v, ready %v",
			s.VolumeOpen(), s.HasSession(), s.Refused(), s.Healthy(), s.Ready())
	}
}

func TestRedialsAfterTheRouterIsGone(t *testing.T) {
	r := newRouter(t)
	s := r.start(model.New())
	first := r.session()
	first.send(set(1, held[0], "value"))
	first.answer(wire.ApplyReply, 1)
	first.conn.Close()
	await(t, "the end of the session", func() bool { return !s.HasSession() && s.Ready() != nil })
	second := r.session()
	if second.hello.Cluster != (kv.ID{1}) || second.hello.Epoch != 4 || second.hello.Highest.Time != 1 {
		t.Errorf("hello %+v", second.hello)
	}
	second.send(get(1, held[0]))
	second.answer(wire.ReadReply, 1)
	await(t, "the new session", func() bool { return s.Ready() == nil })
}

// A session's answers never reach the next one, even if they were waiting for the disk.
func TestWaitingAnswersDieWithTheirSession(t *testing.T) {
	r := newRouter(t)
	d := newDisk()
	r.start(d)
	first := r.session()
	d.hold()
	first.send(set(1, held[0], "value"))
	<-d.began
	first.send(wire.Frame{Type: wire.Goodbye})
	if got := first.closed(); len(got) != 0 {
		t.Errorf("%d answers before the sync ended", len(got))
	}
	d.open()
	second := r.session()
	second.send(wire.Frame{Type: wire.Heartbeat, Ticket: 9})
	second.answer(wire.HeartbeatReply, 9)
}

func TestSilentRouterIsLeft(t *testing.T) {
	r := newRouter(t)
	s := r.start(model.New())
	p := r.accept()
	w := welcome()
	w.SilenceMillis = 1
	p.send(wire.Frame{Type: wire.Welcome, Session: w})
	p.closed()
	r.session().send(wire.Frame{Type: wire.Heartbeat})
	await(t, "the next session", s.HasSession)
}

func TestRefusedByRouterUntilItIsMended(t *testing.T) {
	r := newRouter(t)
	s := r.start(model.New())
	for range 2 {
		p := r.accept()
		p.send(wire.Frame{Type: wire.Refuse, Code: wire.NumberTaken, Value: []byte("1 is taken")})
		p.conn.Close()
	}
	err := s.Healthy()
	if err == nil || !strings.Contains(err.Error(), "1 is taken") || !strings.Contains(err.Error(), "--number") || s.Ready() == nil {
		t.Errorf("healthy %v, ready %v", err, s.Ready())
	}
	if !s.VolumeOpen() || s.HasSession() {
		t.Errorf("open %v, session %v", s.VolumeOpen(), s.HasSession())
	}
	p := r.session()
	p.send(wire.Frame{Type: wire.Heartbeat})
	await(t, "health", func() bool { return s.Healthy() == nil && s.Ready() == nil })
}

func TestRouterThatDoesNotServeYetIsNoFault(t *testing.T) {
	r := newRouter(t)
	s := r.start(model.New())
	p := r.accept()
	p.send(wire.Frame{Type: wire.Refuse, Code: wire.NotServing})
	p.conn.Close()
	r.accept()
	if s.Healthy() != nil || s.Ready() == nil {
		t.Errorf("healthy %v, ready %v", s.Healthy(), s.Ready())
	}
}

func TestRefusesTheWrongRouter(t *testing.T) {
	r := newRouter(t)
	s := r.start(model.New())
	p := r.session()
	p.conn.Close()
	p = r.accept()
	w := welcome()
	w.Epoch = 3
	p.send(wire.Frame{Type: wire.Welcome, Session: w})
	before := p.closed()
	if len(before) != 1 || before[0].Type != wire.Refuse || before[0].Code != wire.StaleEpoch {
		t.Errorf("the router is told %+v", before)
	}
	r.accept()
	if err := s.Healthy(); err == nil || !strings.Contains(err.Error(), "epoch") {
		t.Errorf("healthy: %v", err)
	}
}

func TestVolumeOfAnotherNumberNeverDials(t *testing.T) {
	r := newRouter(t)
	store := model.New()
	id := store.Identity()
	id.Cluster, id.Number, id.Geometry = kv.ID{1}, 2, geometry
	if err := store.SetIdentity(id); err != nil {
		t.Fatal(err)
	}
	s := r.start(store)
	await(t, "the refusal", func() bool { return s.Refused() != nil })
	if err := s.Healthy(); err == nil || !strings.Contains(err.Error(), "server 2") {
		t.Errorf("healthy: %v", err)
	}
	if !s.VolumeOpen() {
		t.Error("the server did not stay up")
	}
	s.TurnOff()
}

func TestProtocolErrorClosesTheLink(t *testing.T) {
	r := newRouter(t)
	s := r.start(model.New())
	p := r.session()
	p.send(wire.Frame{Type: wire.Hello})
	p.closed()
	r.session()
	if err := s.Healthy(); err != nil {
		t.Error(err)
	}
}

func TestFailedSyncIsFinal(t *testing.T) {
	r := newRouter(t)
	d := newDisk()
	s := r.start(d)
	p := r.session()
	broken := errors.New("disk on fire")
	before := d.count()
	d.fail(broken)
	p.send(set(1, held[0], "value"))
	if got := p.closed(); len(got) != 0 {
		t.Errorf("%d answers though nothing is durable", len(got))
	}
	err := s.Wait(t.Context())
	if !errors.Is(err, broken) || !errors.Is(s.Healthy(), broken) || s.VolumeOpen() {
		t.Errorf("ended with %v, healthy %v, open %v", err, s.Healthy(), s.VolumeOpen())
	}
	s.TurnOff()
	if n := d.count() - before; n != 1 {
		t.Errorf("%d syncs, the first of which failed", n)
	}
}

func TestFailedApplyIsFinal(t *testing.T) {
	r := newRouter(t)
	store := model.New()
	s := r.start(store)
	p := r.session()
	broken := errors.New("disk on fire")
	store.Fail(broken)
	p.send(set(1, held[0], "value"))
	p.closed()
	if err := s.Wait(t.Context()); !errors.Is(err, broken) {
		t.Errorf("ended with %v", err)
	}
}
