package replica_test

import (
	"testing"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// liar is a store that answers Apply as a test wants.
type liar struct {
	replica.Store
	outcome replica.Outcome
}

func (l *liar) Apply(batch []replica.Write, outcomes []replica.Outcome) (replica.LSN, error) {
	for i := range batch {
		outcomes[i] = l.outcome
	}
	return 1, nil
}

func TestBrokenStoreStopsTheProcess(t *testing.T) {
	at := func(version, sum uint64) kv.Head {
		return kv.Head{Version: kv.Version{Time: version, Router: 1}, Kind: kv.Live, Checksum: sum}
	}
	written := set(keyA, 5, "").Head
	for name, o := range map[string]replica.Outcome{
		"older over newer":         {Code: wire.Applied, Prev: at(6, 1), Head: written},
		"applied another":          {Code: wire.Applied, Head: at(5, 77)},
		"equal with other bytes":   {Code: wire.Equal, Prev: at(5, 77), Head: at(5, 77)},
		"newer that is older":      {Code: wire.Newer, Prev: at(4, 1), Head: at(4, 1)},
		"newer that was not there": {Code: wire.Newer, Prev: at(6, 1), Head: at(7, 1)},
		"record gone":              {Code: wire.Flushed, Prev: at(6, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			p := admitted(t)
			p.replica = replica.New(replica.Config{Number: number}, &liar{Store: p.store, outcome: o})
			p.begin()
			if err := p.welcome(welcome()); err != nil {
				t.Fatal(err)
			}
			frames := p.send(set(keyA, 5, "")).frames()
			mustPanic(t, name, func() { _, _ = p.session.Handle(frames, 0, &p.out) })
		})
	}
}

// forger is a store whose digest of one partition is not that of its records.
type forger struct {
	replica.Store
	part kv.Partition
}

func (f *forger) Digest(p kv.Partition) digest.Digest {
	d := f.Store.Digest(p)
	if p == f.part {
		d.Sum++
	}
	return d
}

// Comparisons make one digest again each, so that every partition has its turn.
func TestDigestsAreSampled(t *testing.T) {
	p := admitted(t)
	if _, err := p.session.Handle(p.send(set(keyA, 5, "value")).frames(), 0, &p.out); err != nil {
		t.Fatal(err)
	}
	part := kv.HashKey(0, []byte(keyA)).Partition()
	compare := func() {
		frames := p.send(wire.Frame{Type: wire.Digest, Ticket: 9, Count: kv.Partitions}).frames()
		if _, err := p.session.Handle(frames, 0, &p.out); err != nil {
			t.Fatal(err)
		}
		p.out.Reset()
	}
	for range kv.Partitions {
		compare()
	}
	p.replica = replica.New(replica.Config{Number: number}, &forger{Store: p.store, part: part})
	p.begin()
	if err := p.welcome(welcome()); err != nil {
		t.Fatal(err)
	}
	mustPanic(t, "a digest that is not that of the records", func() {
		for range kv.Partitions {
			compare()
		}
	})
}
