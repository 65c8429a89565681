package replica_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

func TestHelloTellsWhatTheVolumeHolds(t *testing.T) {
	p := admitted(t)
	p.send(set(keyA, 50, "a"))
	p.send(wire.Frame{Type: wire.Flush, DB: 3, Version: kv.Version{Time: 60}})
	p.handle()
	p.session = p.replica.Begin()
	p.seen = 0
	hello := p.decode(p.session.Hello(nil))[0].Session
	id := p.store.Identity()
	if hello.Number != number || hello.Cluster != cluster || hello.Store != id.Store || hello.Geometry != geometry ||
		hello.Epoch != 4 || hello.Journal != journal || hello.JournalSequence != 7 ||
		hello.ApplySequence != uint64(p.store.LSN()) || hello.Highest.Time != 50 || hello.Lanes != 1 {
		t.Errorf("hello is %+v", hello)
	}
	db, v, rest, ok := wire.NextFlush(hello.Flushes)
	if db != 3 || v.Time != 60 || len(rest) != 0 || !ok {
		t.Errorf("flush table: database %d at %v, %d bytes more, %v", db, v, len(rest), ok)
	}
}

func TestReadyLeavesOnceTheSessionIsDurable(t *testing.T) {
	p := newPeer(t, model.New())
	w := welcome()
	w.Flushes = wire.AppendFlush(nil, 2, kv.Version{Time: 9})
	if err := p.welcome(w); err != nil {
		t.Fatal(err)
	}
	expect(t, "before the sync", p.release(), "")
	expect(t, "after it", p.sync(), "ready 101")
	after := p.store.Crash()
	if got := after.Identity(); got.Cluster != cluster || got.Geometry != geometry || got.Number != number ||
		got.Epoch != 4 || got.Journal != journal || got.JournalSequence != 7 {
		t.Errorf("the volume says %+v", got)
	}
	if after.LSN() != 101 || after.Flushed(2).Time != 9 {
		t.Errorf("LSN %d, flush %v", after.LSN(), after.Flushed(2))
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*wire.Session)
		code   wire.Refusal
		says   string
	}{
		"protocol":   {func(w *wire.Session) { w.Protocol++ }, wire.WrongProtocol, "same release"},
		"durability": {func(w *wire.Session) { w.Durability = 9 }, wire.WrongProtocol, "durability 9"},
		"cluster":    {func(w *wire.Session) { w.Cluster[0] = 9 }, wire.WrongCluster, "empty volume"},
		"servers":    {func(w *wire.Session) { w.Geometry.Servers = 5 }, wire.WrongGeometry, "5 servers"},
		"databases":  {func(w *wire.Session) { w.Geometry.Databases = 17 }, wire.WrongGeometry, "17 databases"},
		"partitions": {func(w *wire.Session) { w.Geometry.Partitions = 99 }, wire.WrongGeometry, "99 partitions"},
		"invalid":    {func(w *wire.Session) { w.Geometry.Duplication = 3 }, wire.WrongGeometry, "duplication"},
		"epoch":      {func(w *wire.Session) { w.Epoch = 3 }, wire.StaleEpoch, "taken over"},
	} {
		t.Run(name, func(t *testing.T) {
			p := admitted(t)
			p.begin()
			before, lsn := p.store.Identity(), p.store.LSN()
			w := welcome()
			c.change(&w)
			var refused *replica.Refused
			err := p.welcome(w)
			if !errors.As(err, &refused) || refused.Code != c.code || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v", err)
			}
			if p.store.Identity() != before || p.store.LSN() != lsn || p.out.Len() != 0 {
				t.Error("the refused welcome changed something")
			}
			f := p.decode(p.session.AppendRefuse(nil, refused))[0]
			if f.Type != wire.Refuse || f.Code != c.code || string(f.Value) != err.Error() {
				t.Errorf("the router is told %d %q", f.Code, f.Value)
			}
		})
	}
}

func TestNumberOutsideTheClusterIsRefused(t *testing.T) {
	r := replica.New(replica.Config{Number: 3}, model.New())
	w := wire.Append(nil, &wire.Frame{Type: wire.Welcome, Seq: 1, Session: welcome()})
	var refused *replica.Refused
	if _, err := r.Begin().Welcome(w, &replica.Answers{}); !errors.As(err, &refused) || refused.Code != wire.WrongNumber {
		t.Errorf("error %v", err)
	}
}

func TestVolumeOfAnotherNumberIsRefused(t *testing.T) {
	p := admitted(t)
	if err := p.replica.Check(); err != nil {
		t.Errorf("its own number: %v", err)
	}
	var refused *replica.Refused
	err := replica.New(replica.Config{Number: 2}, p.store).Check()
	if !errors.As(err, &refused) || refused.Code != wire.WrongNumber || !strings.Contains(err.Error(), "server 1") {
		t.Errorf("error %v", err)
	}
}

func TestRouterRefuses(t *testing.T) {
	p := newPeer(t, model.New())
	frame := wire.Append(nil, &wire.Frame{Type: wire.Refuse, Code: wire.NumberTaken, Seq: 1, Value: []byte("1 is taken")})
	var refused *replica.Refused
	_, err := p.session.Welcome(frame, &p.out)
	if !errors.As(err, &refused) || !refused.ByRouter || refused.Code != wire.NumberTaken || !strings.Contains(err.Error(), "1 is taken") {
		t.Errorf("error %v", err)
	}
}

func TestHandshakeOutOfOrder(t *testing.T) {
	p := newPeer(t, model.New())
	frame := wire.Append(nil, &wire.Frame{Type: wire.Heartbeat, Seq: 1})
	var broken *replica.ProtocolError
	if _, err := p.session.Welcome(frame, &p.out); !errors.As(err, &broken) {
		t.Errorf("a heartbeat instead of a welcome: %v", err)
	}
	if err := p.welcome(welcome()); err != nil {
		t.Fatal(err)
	}
	if err := p.welcome(welcome()); !errors.As(err, &broken) {
		t.Errorf("a second welcome: %v", err)
	}
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s did not panic", what)
		}
	}()
	f()
}

func TestStaleSessionMayNotTouchTheStore(t *testing.T) {
	p := admitted(t)
	old := p.session
	frames := p.send(set(keyA, 5, "old")).frames()
	p.begin()
	mustPanic(t, "an old session", func() { _, _ = old.Handle(frames, 0, &p.out) })
	mustPanic(t, "a session without welcome", func() { _, _ = p.session.Handle(frames, 0, &p.out) })
	if h, _ := p.store.Head(0, keyA); h.Exists() {
		t.Error("it was applied")
	}
}

func TestNewSessionHasEmptyQueues(t *testing.T) {
	p := admitted(t)
	expect(t, "the answer waits", p.send(set(keyA, 5, "x")).handle(), "")
	p.begin()
	if err := p.welcome(welcome()); err != nil {
		t.Fatal(err)
	}
	expect(t, "the new session", p.sync(), "ready 101")
}

func TestJournalSequenceIsRemembered(t *testing.T) {
	p := admitted(t)
	for seq := range uint64(24) {
		p.send(wire.Frame{Type: wire.Heartbeat, Sequence: 100 + seq}).handle()
	}
	if got := p.store.Identity().JournalSequence; got != 7 {
		t.Errorf("written %d after too few heartbeats", got)
	}
	p.send(wire.Frame{Type: wire.Heartbeat, Sequence: 200}).handle()
	if got := p.store.Identity().JournalSequence; got != 200 {
		t.Errorf("remembers %d, not 200", got)
	}
	p.send(wire.Frame{Type: wire.Heartbeat, Sequence: 201}).handle()
	if err := p.replica.Remember(); err != nil || p.store.Identity().JournalSequence != 201 {
		t.Errorf("remembers %d, not 201: %v", p.store.Identity().JournalSequence, err)
	}
}
