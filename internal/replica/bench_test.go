package replica_test

import (
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

// instant is a store that does nothing, so that only the rules are measured.
type instant struct {
	replica.Store
	lsn   replica.LSN
	value []byte
	head  kv.Head
}

func (s *instant) Apply(batch []replica.Write, outcomes []replica.Outcome) (replica.LSN, error) {
	for i := range batch {
		outcomes[i] = replica.Outcome{Head: batch[i].Head}
	}
	s.lsn++
	return s.lsn, nil
}

func (s *instant) Read(_ kv.DB, _, dst []byte) (kv.Head, []byte, replica.LSN, wire.Status) {
	return s.head, append(dst, s.value...), s.lsn, wire.StatusOK
}

const batchSize = 100

// turn is one batch from the link to the outbox and back to empty queues.
func turn(tb testing.TB, p *peer, frames [][]byte, store *instant, dst []byte) []byte {
	if n, err := p.session.Handle(frames, store.lsn, &p.out); n != len(frames) || err != nil {
		tb.Fatal(n, err)
	}
	p.session.Queue.Add(&p.out)
	return p.session.Queue.Release(store.lsn, dst[:0])
}

func benchPeer(tb testing.TB, f wire.Frame) (*peer, [][]byte, *instant) {
	store := &instant{Store: model.New(), value: make([]byte, 100), lsn: 100}
	p := &peer{t: tb, replica: replica.New(replica.Config{Number: number}, store)}
	p.begin()
	if err := p.welcome(welcome()); err != nil {
		tb.Fatal(err)
	}
	for range batchSize {
		p.send(f)
	}
	return p, p.frames(), store
}

func TestHandleAllocatesNothing(t *testing.T) {
	for name, f := range map[string]wire.Frame{"apply": set(keyA, 5, "value"), "read": get(keyA)} {
		p, frames, store := benchPeer(t, f)
		var dst []byte
		allocs := testing.AllocsPerRun(100, func() { dst = turn(t, p, frames, store, dst) })
		if allocs != 0 {
			t.Errorf("%s: %v allocations a batch of %d", name, allocs, batchSize)
		}
	}
}

// go test -bench Handle ./internal/replica; one op is one request, up to the sealed answer
func BenchmarkHandle(b *testing.B) {
	for name, f := range map[string]wire.Frame{"Apply": set(keyA, 5, "value"), "Read": get(keyA)} {
		b.Run(name, func(b *testing.B) {
			p, frames, store := benchPeer(b, f)
			var dst []byte
			b.ReportAllocs()
			for i := 0; i < b.N; i += batchSize {
				dst = turn(b, p, frames, store, dst)
			}
		})
	}
}
