package router

import (
	"sync"
	"sync/atomic"

	"github.com/distributedstorage/ds/internal/coord"
)

// largeNews is what became of large values since the core last heard of it. It is told under locks of
// connections, hence gathered here; the ticking goroutine passes it on.
type largeNews struct {
	freed atomic.Int64
	wake  chan struct{}
	mu    struct {
		sync.Mutex
		left []coord.Input
	}
}

// Freed implements respserver.Engine.
func (r *Router) Freed(bytes int) {
	if bytes > 0 {
		r.large.freed.Add(int64(bytes))
		r.large.ring()
	}
}

// left notes that a frame has left a link's outbox, by the link or otherwise (kind).
func (n *largeNews) left(kind coord.InputKind, link coord.LinkID, ticket uint64) {
	n.mu.Lock()
	n.mu.left = append(n.mu.left, coord.Input{Kind: kind, Link: link, Tag: ticket})
	n.mu.Unlock()
	n.ring()
}

func (n *largeNews) ring() {
	select {
	case n.wake <- struct{}{}:
	default: // it will be seen
	}
}

// take appends what there is to a batch.
func (n *largeNews) take(batch []coord.Input) []coord.Input {
	if bytes := n.freed.Swap(0); bytes > 0 {
		batch = append(batch, coord.Input{Kind: coord.InFreed, N: bytes})
	}
	n.mu.Lock()
	batch = append(batch, n.mu.left...)
	n.mu.left = n.mu.left[:0]
	n.mu.Unlock()
	return batch
}

// leftLink notes that a link has a large frame less.
func (r *Router) leftLink(kind coord.InputKind, l *serverLink, ticket uint64) {
	l.large.Add(-1)
	r.large.left(kind, l.id, ticket)
}

// appendMoved tells of the links that took or gave bytes of large frames since the last tick.
func (r *Router) appendMoved(batch []coord.Input) []coord.Input {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.mu.links {
		way, taken, chunks := int64(0), l.out.Taken(), l.in.Chunks()
		if l.large.Load() > 0 && taken != l.taken {
			way |= coord.MovedOut
		}
		if chunks != l.chunks {
			way |= coord.MovedIn
		}
		if l.taken, l.chunks = taken, chunks; way != 0 {
			batch = append(batch, coord.Input{Kind: coord.InMoved, Link: l.id, N: way})
		}
	}
	return batch
}
