package client

import (
	"context"
	"sync"
)

// keysbox is the local store's place for the answer to SendGetKeys.
type keysbox struct {
	limit int64
	mu    struct {
		sync.Mutex
		token   uint64        // of the last question
		arrived chan struct{} // open while an answer is awaited; nil: nothing was asked
		answer  bool
		keys    []string
		err     error
	}
}

func newKeysbox(limit int64) *keysbox { return &keysbox{limit: limit} }

func (b *keysbox) ask(send func(token uint64) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := send(b.mu.token + 1); err != nil {
		return err
	}
	b.mu.token++
	if b.mu.arrived == nil || b.mu.answer {
		b.mu.arrived = make(chan struct{})
	}
	b.mu.answer, b.mu.keys, b.mu.err = false, nil, nil
	return nil
}

func (b *keysbox) deliver(token uint64, keys []string, err error) {
	bytes := int64(0)
	for _, k := range keys {
		bytes += int64(len(k)) + opOverhead
	}
	if bytes > b.limit {
		keys, err = nil, ErrFull
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mu.token != token {
		return
	}
	b.mu.answer, b.mu.keys, b.mu.err = true, keys, err
	close(b.mu.arrived)
}

// take takes the answer out.
func (b *keysbox) take() ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.mu.answer {
		return nil, ErrNotArrived
	}
	keys, err := b.mu.keys, b.mu.err
	b.mu.answer, b.mu.keys, b.mu.err, b.mu.arrived = false, nil, nil, nil
	return keys, err
}

// wait waits for the answer and leaves it in the store.
func (b *keysbox) wait(ctx context.Context) error {
	b.mu.Lock()
	arrived := b.mu.arrived
	b.mu.Unlock()
	if arrived == nil {
		return nil
	}
	select {
	case <-arrived:
		return nil
	case <-ctx.Done():
		return canceled(ctx.Err())
	}
}
