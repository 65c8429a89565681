package replica_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

func TestApplyIsAnsweredOnceDurable(t *testing.T) {
	p := admitted(t)
	p.send(set(keyA, 5, "five")).send(set(keyA, 4, "four")).send(set(keyA, 5, "five"))
	expect(t, "before the sync", p.handle(), "")
	expect(t, "after it", p.sync(), `
		1 apply outcome=0 v5 lsn=101
		2 apply outcome=2 v5 lsn=101
		3 apply outcome=1 v5 lsn=101`)
}

func TestReadGivesOutWhatIsDurable(t *testing.T) {
	p := admitted(t)
	p.send(set(keyA, 5, "a")).handle()
	p.sync()
	p.send(set(keyB, 6, "b")).send(get(keyA)).send(get(keyB)).send(head(keyB)).send(get(keyOf(0, true, 5)))
	expect(t, "before the sync", p.handle(), `
		6 read status=1 v0 ""
		3 read status=0 v5 "a"`)
	expect(t, "after it", p.sync(), `
		2 apply outcome=0 v6 lsn=102
		4 read status=0 v6 "b"
		5 read status=0 v6 ""`)
}

// A sync that began before the latest write lets out what it covers, in whatever order it was asked.
func TestAnswersLeaveInTheOrderOfDurability(t *testing.T) {
	p := admitted(t)
	p.send(set(keyA, 5, "a")).handle()
	p.send(set(keyB, 6, "b")).handle()
	p.send(get(keyB)).send(get(keyA))
	expect(t, "nothing is durable", p.handle(), "")
	expect(t, "the first is", p.syncTo(101), `
		1 apply outcome=0 v5 lsn=101
		4 read status=0 v5 "a"`)
	expect(t, "both are", p.sync(), `
		2 apply outcome=0 v6 lsn=102
		3 read status=0 v6 "b"`)
	if q := &p.session.Queue; q.Len() != 0 || q.Bytes() != 0 || q.Waits() != 0 {
		t.Errorf("the queue still holds %d answers, %d bytes, up to %d", q.Len(), q.Bytes(), q.Waits())
	}
}

func TestRequestsKeepLaneOrder(t *testing.T) {
	p := admitted(t)
	p.send(get(keyA)).send(set(keyA, 5, "new")).send(get(keyA)).send(set(keyA, 6, "newer")).send(get(keyA))
	p.send(wire.Frame{Type: wire.Flush, Version: kv.Version{Time: 6, Router: 9}}).send(get(keyA))
	expect(t, "at once", p.handle(), `1 read status=1 v0 ""`)
	expect(t, "durable", p.sync(), `
		2 apply outcome=0 v5 lsn=101
		3 read status=0 v5 "new"
		4 apply outcome=0 v6 lsn=102
		5 read status=0 v6 "newer"
		6 flush db0 v6
		7 read status=1 v0 ""`)
}

func TestHeartbeatWaitsForNothing(t *testing.T) {
	p := admitted(t)
	p.send(set(keyA, 5, "a")).send(wire.Frame{Type: wire.Heartbeat})
	expect(t, "unsynced", p.handle(), "2 heartbeat keys=1 lsn=100")
}

// A probe is no sign of life but a sign of the disk: it is answered once a write of its own is synced.
func TestProbeWaitsForTheDisk(t *testing.T) {
	p := admitted(t)
	p.send(wire.Frame{Type: wire.Probe})
	expect(t, "unsynced", p.handle(), "")
	expect(t, "synced", p.sync(), "1 probe lsn=101")
}

func TestRottenRecordIsNotNone(t *testing.T) {
	p := admitted(t)
	p.send(set(keyA, 5, "abc")).handle()
	p.sync()
	p.store.Rot(0, keyA)
	expect(t, "rotten", p.send(get(keyA)).send(get(keyB)).handle(), `
		3 read status=1 v0 ""
		2 read status=2 v5 ""`)
}

func TestDamagedWriteFails(t *testing.T) {
	p := admitted(t)
	f := set(keyA, 5, "abc")
	f.Value = []byte("abd")
	p.send(set(keyA, 4, "x")).send(f).send(set(keyA, 6, "y"))
	expect(t, "the damaged one waits for no disk", p.handle(), "2 apply outcome=5 v4 lsn=101")
	expect(t, "the others", p.sync(), `
		1 apply outcome=0 v4 lsn=101
		3 apply outcome=0 v6 lsn=102`)
}

func TestBrokenRequestsCloseTheLink(t *testing.T) {
	elsewhere := keyOf(0, false, 0)
	change := func(f wire.Frame, do func(*wire.Frame)) wire.Frame { do(&f); return f }
	a := set(keyA, 5, "a")
	for name, c := range map[string]struct {
		frame wire.Frame
		says  string
	}{
		"apply elsewhere":   {set(elsewhere, 5, "a"), "no copy"},
		"apply database":    {change(a, func(f *wire.Frame) { f.DB = 16 }), "database 16"},
		"apply kind":        {change(a, func(f *wire.Frame) { f.Head.Kind = 3 }), "kind 3"},
		"apply none":        {change(a, func(f *wire.Frame) { f.Head.Kind = 0 }), "kind 0"},
		"tombstone's value": {change(a, func(f *wire.Frame) { f.Head.Kind = kv.Tombstone }), "kind 2"},
		"apply length":      {change(a, func(f *wire.Frame) { f.Head.Length++ }), "length 2"},
		"apply version":     {change(a, func(f *wire.Frame) { f.Head.Version = kv.Version{} }), "version"},
		"read elsewhere":    {get(elsewhere), "no copy"},
		"list elsewhere":    {wire.Frame{Type: wire.List, Partition: kv.HashKey(0, elsewhere).Partition()}, "no copy"},
		"list partition":    {wire.Frame{Type: wire.List, Partition: 1024}, "partition 1024"},
		"digest range":      {wire.Frame{Type: wire.Digest, Partition: 1000, Count: 25}, "25 partitions"},
		"digest overflow":   {wire.Frame{Type: wire.Digest, Partition: 1, Count: 1<<32 - 1}, "partitions from 1"},
		"flush database":    {wire.Frame{Type: wire.Flush, DB: 16, Version: kv.Version{Time: 1}}, "database 16"},
		"hello":             {wire.Frame{Type: wire.Hello}, "type 1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := admitted(t)
			p.send(set(keyB, 3, "before")).send(c.frame).send(set(keyB, 4, "after"))
			var broken *replica.ProtocolError
			if err := p.fails(); !errors.As(err, &broken) || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v", err)
			}
			expect(t, "what came before it counts", p.sync(), "1 apply outcome=0 v3 lsn=101")
		})
	}
}

func TestGoodbyeEndsTheSession(t *testing.T) {
	p := admitted(t)
	p.send(set(keyA, 5, "a")).send(wire.Frame{Type: wire.Goodbye})
	if err := p.fails(); !errors.Is(err, replica.ErrGoodbye) {
		t.Errorf("error %v", err)
	}
	expect(t, "what came before it counts", p.sync(), "1 apply outcome=0 v5 lsn=101")
}

func TestStoreErrorIsFinal(t *testing.T) {
	disk := errors.New("disk on fire")
	for name, f := range map[string]wire.Frame{
		"apply": set(keyA, 5, "a"),
		"flush": {Type: wire.Flush, Version: kv.Version{Time: 1}},
	} {
		p := admitted(t)
		p.store.Fail(disk)
		var fatal *replica.StoreError
		if err := p.send(f).fails(); !errors.As(err, &fatal) || !errors.Is(err, disk) {
			t.Errorf("%s: error %v", name, err)
		}
		if p.out.Len() != 0 {
			t.Errorf("%s: %d answers", name, p.out.Len())
		}
	}
}

func TestHandleStopsWhenTheAnswersAreLarge(t *testing.T) {
	p := admitted(t)
	const size = 300 << 10
	p.send(set(keyA, 5, strings.Repeat("x", size))).handle()
	p.sync()
	for range 10 {
		p.send(get(keyA))
	}
	frames := p.frames()
	n, err := p.session.Handle(frames, p.durable, &p.out)
	if n != 4 || err != nil {
		t.Fatalf("%d handled, %v: want 4, the first to pass %d bytes", n, err, replica.DefaultBatchBytes)
	}
	p.release()
	if n, err := p.session.Handle(frames[n:], p.durable, &p.out); n != 4 || err != nil {
		t.Errorf("then %d, %v", n, err)
	}
}
