package client

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/semaphore"
)

const (
	opOverhead = 128 // bytes that an operation counts beside its key and value

	// A batch fits into the buffers of a socket, so that writing it ends even while the router waits for
	// its answers to be read. Only a single larger operation travels alone.
	maxBatchBytes = 48 << 10
	maxBatchOps   = 256
)

// States of an op. Whoever moves it on from opQueued owns it.
const (
	opQueued int32 = iota
	opTaken
	opCanceled
)

// op is one command on its way.
type op struct {
	cmd    redis.Cmder
	write  bool
	weight int64
	state  atomic.Int32
	done   func(error) // called once, by the goroutine of the client; nil error: the answer is in cmd
}

// queue holds what was sent and not yet taken, in order.
//
// Invariants: the semaphore holds the weights of all ops that were pushed and not yet released;
// while the queue is shut it is empty.
type queue struct {
	room  *semaphore.Weighted
	limit int64
	wake  chan struct{} // one token: there may be something to take

	mu struct {
		sync.Mutex
		ops  []*op // from head on
		head int
		why  error // the queue is shut; nil = open
		over bool  // for good
	}
}

func newQueue(limit int64) *queue {
	q := &queue{room: semaphore.NewWeighted(limit), limit: limit, wake: make(chan struct{}, 1)}
	q.mu.why = ErrOff
	return q
}

// push appends an op or fails at once.
func (q *queue) push(o *op) error {
	o.weight = min(o.weight, q.limit)
	if err := q.shut(); err != nil {
		return err
	}
	if !q.room.TryAcquire(o.weight) {
		return ErrFull
	}
	return q.append(o)
}

// pushWait appends an op when there is room for it.
func (q *queue) pushWait(ctx context.Context, o *op) error {
	o.weight = min(o.weight, q.limit)
	if err := q.shut(); err != nil {
		return err
	}
	if err := q.room.Acquire(ctx, o.weight); err != nil {
		return canceled(err)
	}
	return q.append(o)
}

func (q *queue) shut() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.mu.why
}

func (q *queue) append(o *op) error {
	q.mu.Lock()
	why := q.mu.why
	if why == nil {
		q.mu.ops = append(q.mu.ops, o)
	}
	q.mu.Unlock()
	if why != nil {
		q.room.Release(o.weight)
		return why
	}
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// take moves the next batch to dst, leaving out what was canceled.
func (q *queue) take(dst []*op) []*op {
	q.mu.Lock()
	defer q.mu.Unlock()
	bytes, n := int64(0), 0
	for ; q.mu.head+n < len(q.mu.ops) && len(dst) < maxBatchOps; n++ {
		o := q.mu.ops[q.mu.head+n]
		if len(dst) > 0 && bytes+o.weight > maxBatchBytes {
			break
		}
		if !o.state.CompareAndSwap(opQueued, opTaken) {
			q.room.Release(o.weight)
			continue
		}
		dst, bytes = append(dst, o), bytes+o.weight
	}
	q.drop(n)
	return dst
}

// drop forgets the first n ops; memory is moved at most once an op on average. The caller holds the lock.
func (q *queue) drop(n int) {
	clear(q.mu.ops[q.mu.head : q.mu.head+n])
	q.mu.head += n
	if q.mu.head*2 < len(q.mu.ops) {
		return
	}
	rest := copy(q.mu.ops, q.mu.ops[q.mu.head:])
	clear(q.mu.ops[rest:])
	q.mu.ops, q.mu.head = q.mu.ops[:rest], 0
}

// finish ends an op that was taken.
func (q *queue) finish(o *op, err error) {
	q.room.Release(o.weight)
	o.done(err)
}

// open lets ops in.
func (q *queue) open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.mu.over {
		q.mu.why = nil
	}
}

// close refuses further ops with the reason and gives those that were not taken yet.
func (q *queue) close(why error) []*op {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.mu.over {
		q.mu.why = why
	}
	left := q.mu.ops[q.mu.head:]
	q.mu.ops, q.mu.head = nil, 0
	return left
}

// end refuses further ops for good; those in the queue stay.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.mu.why, q.mu.over = ErrOff, true
}
