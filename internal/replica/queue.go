package replica

import (
	"github.com/distributedstorage/ds/internal/planted"
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
	large  []LargeAnswer // may leave
	count  int
	bytes  int
	larges int // bytes of large values
}

// group is the answers that wait for one LSN, in the order in which they were added.
type group struct {
	lsn  LSN
	buf  []byte
	ends []int

	large []LargeAnswer
}

// Len is the number of answers held.
func (q *Queue) Len() int { return q.count }

// Bytes is their length, without large values: the router asks for no more of them than it has room for.
func (q *Queue) Bytes() int { return q.bytes }

// Large is the length of the large values.
func (q *Queue) Large() int { return q.larges }

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
	for _, l := range a.large {
		g := q.group(l.lsn)
		g.large = append(g.large, l.LargeAnswer)
		q.larges += len(l.Value)
	}
	q.count += len(a.items) + len(a.large)
	q.bytes += len(a.buf)
	a.Reset()
}

// Release appends the answers that may leave, sealed, once everything up to durable is. TakeLarge gives the large ones.
func (q *Queue) Release(durable LSN, dst []byte) []byte {
	n := 0
	for _, g := range q.groups {
		if g.lsn > durable && !planted.On(planted.AnswerBeforeSync) {
			break
		}
		dst = q.seal(g, dst)
		for _, l := range g.large {
			q.large = append(q.large, l)
			q.larges -= len(l.Value)
		}
		q.count -= len(g.ends) + len(g.large)
		q.bytes -= len(g.buf)
		q.recycle(g)
		n++
	}
	q.groups = slices.Delete(q.groups, 0, n)
	return dst
}

// TakeLarge gives the large answers that may leave, in the order in which Release let them go.
func (q *Queue) TakeLarge() []LargeAnswer {
	l := q.large
	q.large = nil
	return l
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
	g.buf, g.ends, g.large = g.buf[:0], g.ends[:0], nil
	q.free = append(q.free, g)
}
