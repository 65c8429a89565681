package client

import (
	"context"
	"sync"
)

// inbox is the local store: the answers to SendGet that were not taken yet.
//
// Invariants: bytes is the sum of the entries' sizes; an entry holds the answer of its last question,
// or none: the answer to an earlier one is dropped when it comes.
type inbox struct {
	limit int64
	mu    struct {
		sync.Mutex
		entries map[string]*entry
		bytes   int64
		asked   uint64
	}
}

type entry struct {
	token   uint64 // of the last question
	arrived chan struct{}
	answer  bool
	value   []byte
	err     error
}

func (e *entry) size(key string) int64 { return int64(len(key)) + int64(len(e.value)) + opOverhead }

func newInbox(limit int64) *inbox {
	b := &inbox{limit: limit}
	b.mu.entries = map[string]*entry{}
	return b
}

// ask makes room for an answer and calls send with the question's token; if that fails nothing has changed.
func (b *inbox) ask(key string, send func(token uint64) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := b.mu.entries[key]
	if old == nil && b.mu.bytes+int64(len(key))+opOverhead > b.limit {
		return ErrFull
	}
	b.mu.asked++
	if err := send(b.mu.asked); err != nil {
		return err
	}
	e := &entry{token: b.mu.asked, arrived: make(chan struct{})}
	b.replace(key, old, e)
	if old != nil && !old.answer {
		close(old.arrived) // those who wait go on waiting for the new question's answer
	}
	return nil
}

// replace puts e where old was; either may be nil. The caller holds the lock.
func (b *inbox) replace(key string, old, e *entry) {
	if old != nil {
		b.mu.bytes -= old.size(key)
		delete(b.mu.entries, key)
	}
	if e != nil {
		b.mu.bytes += e.size(key)
		b.mu.entries[key] = e
	}
}

// deliver stores the answer to a question, unless the key was asked for again.
func (b *inbox) deliver(key string, token uint64, value []byte, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.mu.entries[key]
	if e == nil || e.token != token {
		return
	}
	if b.mu.bytes+int64(len(value)) > b.limit {
		value, err = nil, ErrFull
	}
	b.mu.bytes += int64(len(value))
	e.answer, e.value, e.err = true, value, err
	close(e.arrived)
}

// take takes the answer out.
func (b *inbox) take(key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.mu.entries[key]
	if e == nil || !e.answer {
		return nil, ErrNotArrived
	}
	b.replace(key, e, nil)
	return e.value, e.err
}

// contains tells that a value has arrived.
func (b *inbox) contains(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.mu.entries[key]
	return e != nil && e.answer && e.err == nil
}

// pending gives the channel that is closed when the key's state changes; nil: there is nothing to wait for.
func (b *inbox) pending(key string) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.mu.entries[key]; e != nil && !e.answer {
		return e.arrived
	}
	return nil
}

// wait waits for the answer and leaves it in the store.
func (b *inbox) wait(ctx context.Context, key string) error {
	for {
		arrived := b.pending(key)
		if arrived == nil {
			return nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return canceled(ctx.Err())
		}
	}
}
