package respserver

import "sync"

// freeBytes is what any connection may hold whatever the others do.
const freeBytes = 16 << 10

// budget bounds the bytes that all connections together hold of requests: received and not answered. A
// connection that holds more than freeBytes waits while the budget is spent. One of them at a time
// may go on nevertheless: several commands that each arrived in part could otherwise wait for each other for ever.
type budget struct {
	mu struct {
		sync.Mutex
		limit   int64
		used    int64
		waiting map[*Conn]struct{}
		elder   *Conn // goes on although the budget is spent
	}
}

func (b *budget) init(limit int64) {
	b.mu.limit, b.mu.waiting = limit, map[*Conn]struct{}{}
}

// charge sets what c holds. It gives the connections that may go on now.
func (b *budget) charge(c *Conn, before, now int64) []*Conn {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.used += now - before
	if now <= freeBytes {
		delete(b.mu.waiting, c)
		if b.mu.elder == c {
			b.mu.elder = nil
		}
	}
	if now >= before || len(b.mu.waiting) == 0 || b.mu.used > b.mu.limit && b.mu.elder != nil {
		return nil
	}
	list := make([]*Conn, 0, len(b.mu.waiting))
	for w := range b.mu.waiting {
		list = append(list, w)
	}
	clear(b.mu.waiting)
	return list
}

// admits tells that c, which holds so many bytes, may be read. If not, c is among those that charge gives.
func (b *budget) admits(c *Conn, holds int64) bool {
	if holds <= freeBytes {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mu.used <= b.mu.limit || b.mu.elder == c {
		return true
	}
	if b.mu.elder == nil {
		b.mu.elder = c
		return true
	}
	b.mu.waiting[c] = struct{}{}
	return false
}

func (b *budget) used() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mu.used
}
