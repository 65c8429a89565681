package journal

import (
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/distributedstorage/ds/internal/coord"
)

// Journal is one opening of a volume.
//
// Invariants:
//  1. Operations reach the disk in the order of Enqueue; after a crash a prefix of them is there.
//  2. A sequence is reported only after a sync that covers it.
//  3. After a failure nothing is synced any more.
type Journal struct {
	*volume
	db       *pebble.DB
	fence    *fence
	counted  bool // among the volume's abandoned
	identity Identity
	sync     *pebble.WriteOptions
	report   func(*Report)
	signal   chan struct{} // something was queued, or closing; capacity 1
	done     chan struct{} // the committer ended
	failed   chan struct{} // see failure

	mu struct {
		sync.Mutex
		queue   *turn
		spare   *turn
		failure error
		started bool
		closing bool
	}
}

// Report tells what became of queued work. It is valid during the call.
type Report struct {
	Synced uint64 // every operation up to it is durable; 0 = no news
	Rows   []Row
	Err    error // final: nothing is taken any more; see Reopen
}

// Row answers a coord.JournalRead.
type Row struct {
	Token uint64
	Found bool
	Value []byte
	Own   bool // Value is large and in memory of its own, which nobody changes; else it is valid during the call
}

func newJournal(v *volume) *Journal {
	j := &Journal{volume: v, sync: pebble.Sync, signal: make(chan struct{}, 1), done: make(chan struct{}), failed: make(chan struct{})}
	j.fence = newFence(v.fs, j.fail)
	j.mu.queue, j.mu.spare = &turn{}, &turn{}
	return j
}

// Identity is the volume's.
func (j *Journal) Identity() Identity { return j.identity }

// NextEpoch raises the epoch by one, durably, and returns it. To be called before Start, once a start
// of the router.
func (j *Journal) NextEpoch() (uint64, error) {
	next := j.identity
	next.Epoch++
	err := j.guard(func() error { return j.db.Set(identityKey, next.append(nil), j.sync) })
	if err != nil {
		return 0, fmt.Errorf("journal %s: raising the epoch: %w", j.dir, err)
	}
	j.identity = next
	return next.Epoch, nil
}

// Load gives every row of the core, in the order of the keys. The slices are valid during the call.
func (j *Journal) Load(row func(key, value []byte) error) error {
	return j.guard(func() error {
		it, err := j.db.NewIter(&pebble.IterOptions{LowerBound: []byte{corePrefix}, UpperBound: []byte{endPrefix}})
		if err != nil {
			return fmt.Errorf("journal %s: reading it: %w", j.dir, err)
		}
		defer it.Close()
		for ok := it.First(); ok; ok = it.Next() {
			if err := row(it.Key()[1:], it.Value()); err != nil {
				return fmt.Errorf("journal %s: row %x: %w", j.dir, it.Key()[1:], err)
			}
		}
		if err := it.Error(); err != nil {
			return fmt.Errorf("journal %s: reading it: %w; restore the router's volume", j.dir, err)
		}
		return nil
	})
}

// Start begins to write. Reports come one at a time from the committer's goroutine (a failure
// may come beside one); they may Enqueue.
func (j *Journal) Start(report func(*Report)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.report, j.mu.started = report, true
	go j.run()
}

// Enqueue takes the journal's part of a step: operations first, then reads. It copies what it needs
// and never waits for the disk. What is queued is bounded by the core's cap.
func (j *Journal) Enqueue(e *coord.Effects) {
	if len(e.Journal) == 0 && len(e.JournalReads) == 0 && e.JournalSeq == 0 {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.mu.failure != nil || j.mu.closing {
		return
	}
	j.mu.queue.add(j.db, e)
	j.wake()
}

func (j *Journal) wake() {
	select {
	case j.signal <- struct{}{}:
	default:
	}
}
