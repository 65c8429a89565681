package replica

import (
	"slices"

	"github.com/distributedstorage/ds/internal/wire"
)

const (
	keepBytes  = 1 << 20 // a larger buffer is not kept for reuse
	keepGroups = 64
)

// Queue holds the answers of one session until they may leave, ordered by the LSN that each
// waits for. It gives the frames of the session their sequence numbers, in leaving order.
//
// Invariants:
//  1. groups ascend strictly in LSN, and none is empty.
//  2. An answer leaves only in a Release whose durable LSN is at least its own.
type Queue struct {
	seq    uint32 // of the latest frame
	groups []*group
	free   []*group
	count  int
	bytes  int
}

// group is the answers that wait for one LSN, in the order in which they were added.
type group struct {
	lsn  LSN
	buf  []byte
	ends []int
}

// Len is the number of answers held.
func (q *Queue) Len() int { return q.count }

// Bytes is their length.
func (q *Queue) Bytes() int { return q.bytes }

// Waits is the highest LSN that an answer waits for; 0 if there is none.
func (q *Queue) Waits() LSN {
	if len(q.groups) == 0 {
		return 0
	}
	return q.groups[len(q.groups)-1].lsn
}

// Add takes the answers over and empties a.
func (q *Queue) Add(a *Answers) {
	from := 0
	for _, item := range a.items {
		g := q.group(item.lsn)
		g.buf = append(g.buf, a.buf[from:item.end]...)
		g.ends = append(g.ends, len(g.buf))
		from = item.end
	}
	q.count += len(a.items)
	q.bytes += len(a.buf)
	a.Reset()
}

// Release appends the answers that may leave, sealed, once everything up to durable is.
func (q *Queue) Release(durable LSN, dst []byte) []byte {
	n := 0
	for _, g := range q.groups {
		if g.lsn > durable {
			break
		}
		dst = q.seal(g, dst)
		q.count -= len(g.ends)
		q.bytes -= len(g.buf)
		q.recycle(g)
		n++
	}
	q.groups = slices.Delete(q.groups, 0, n)
	return dst
}

// next is the sequence number of a frame that leaves now.
func (q *Queue) next() uint32 {
	q.seq++
	return q.seq
}

func (q *Queue) seal(g *group, dst []byte) []byte {
	start := len(dst)
	dst = append(dst, g.buf...)
	from := start
	for _, end := range g.ends {
		wire.Seal(dst[from:start+end], q.next())
		from = start + end
	}
	return dst
}

// group finds or makes the group of an LSN. Nearly always it is the last one.
func (q *Queue) group(lsn LSN) *group {
	i := len(q.groups)
	for i > 0 && q.groups[i-1].lsn > lsn {
		i--
	}
	if i > 0 && q.groups[i-1].lsn == lsn {
		return q.groups[i-1]
	}
	g := q.spare()
	g.lsn = lsn
	q.groups = slices.Insert(q.groups, i, g)
	return g
}

func (q *Queue) spare() *group {
	n := len(q.free)
	if n == 0 {
		return &group{}
	}
	g := q.free[n-1]
	q.free = q.free[:n-1]
	return g
}

func (q *Queue) recycle(g *group) {
	if cap(g.buf) > keepBytes || len(q.free) == keepGroups {
		return
	}
	g.buf, g.ends = g.buf[:0], g.ends[:0]
	q.free = append(q.free, g)
}
