package journal

import (
	"bytes"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/planted"
)

// segmentBytes is where a new batch begins: far below Pebble's limit, and small enough to be
// kept for reuse.
const segmentBytes = 4 << 20

// turn is what one commit takes: everything that was queued before it.
type turn struct {
	segments []*segment
	used     int
	seq      uint64
}

// segment is operations, then the reads that were queued after them.
type segment struct {
	batch *pebble.Batch
	reads []read
	keys  []byte // of the reads, prefixed
	snap  *pebble.Snapshot
	large *step // instead of batch, until the committer fills it
}

// step is the operations of a step with large values. They go to a batch only when it is committed, so that nobody
// waits while many bytes are copied, and to one of the right size for that one commit: a batch that grows doubles.
type step struct {
	ops   []coord.JournalOp
	bytes []byte
}

type read struct {
	token    uint64
	from, to int
}

func (t *turn) empty() bool { return t.used == 0 && t.seq == 0 }

func (t *turn) add(db *pebble.DB, e *coord.Effects) {
	switch {
	case len(e.Journal) == 0:
	case hasLarge(e.Journal):
		t.forLarge(db).large = &step{slices.Clone(e.Journal), bytes.Clone(e.JournalBytes)}
	default:
		s := t.forWrites(db)
		for i := range e.Journal {
			if planted.On(planted.StepSplit) && i == 1 {
				s = t.next(db)
			}
			write(s.batch, &e.Journal[i], e.JournalBytes)
		}
	}
	t.seq = max(t.seq, e.JournalSeq)
	if len(e.JournalReads) > 0 {
		s := t.last(db)
		for i := range e.JournalReads {
			s.read(&e.JournalReads[i], e.JournalBytes)
		}
	}
}

// last is the segment in use.
func (t *turn) last(db *pebble.DB) *segment {
	if t.used == 0 {
		return t.next(db)
	}
	return t.segments[t.used-1]
}

func hasLarge(ops []coord.JournalOp) bool {
	return slices.ContainsFunc(ops, func(op coord.JournalOp) bool { return op.Shared != nil })
}

// forLarge is a segment of its own.
func (t *turn) forLarge(db *pebble.DB) *segment {
	if s := t.last(db); len(s.reads) == 0 && s.batch.Empty() && s.large == nil {
		return s
	}
	return t.next(db)
}

// writes tells whether there is anything to commit.
func (s *segment) writes() bool { return s.large != nil || !s.batch.Empty() }

// opOverhead is more than Pebble adds to an operation's key and value.
const opOverhead = 32

// fill copies the step into a batch.
func (l *step) fill(db *pebble.DB) *pebble.Batch {
	size := len(l.bytes) + opOverhead
	for i := range l.ops {
		size += len(l.ops[i].Shared) + opOverhead
	}
	batch := db.NewBatchWithSize(size)
	for i := range l.ops {
		write(batch, &l.ops[i], l.bytes)
	}
	return batch
}

// forWrites is a segment whose reads, if any, come after the next operation: none may see it.
func (t *turn) forWrites(db *pebble.DB) *segment {
	s := t.last(db)
	if len(s.reads) > 0 || s.large != nil || s.batch.Len() > segmentBytes {
		return t.next(db)
	}
	return s
}

func (t *turn) next(db *pebble.DB) *segment {
	if t.used == len(t.segments) {
		t.segments = append(t.segments, &segment{batch: db.NewBatch()})
	}
	t.used++
	return t.segments[t.used-1]
}

func write(batch *pebble.Batch, op *coord.JournalOp, rows []byte) {
	key := rows[op.Key.From:op.Key.To]
	end := rows[op.End.From:op.End.To]
	value := rows[op.Value.From:op.Value.To]
	if op.Shared != nil {
		value = op.Shared
	}
	var d *pebble.DeferredBatchOp
	switch {
	case len(end) > 0:
		d = batch.DeleteRangeDeferred(1+len(key), 1+len(end))
		putKey(d.Value, end)
	case op.Delete:
		d = batch.DeleteDeferred(1 + len(key))
	default:
		d = batch.SetDeferred(1+len(key), len(value))
		copy(d.Value, value)
	}
	putKey(d.Key, key)
	d.Finish() // fails only for indexed batches
}

func putKey(dst, key []byte) {
	dst[0] = corePrefix
	copy(dst[1:], key)
}

func (s *segment) read(r *coord.JournalRead, bytes []byte) {
	from := len(s.keys)
	s.keys = append(s.keys, corePrefix)
	s.keys = append(s.keys, bytes[r.Key.From:r.Key.To]...)
	s.reads = append(s.reads, read{token: r.Token, from: from, to: len(s.keys)})
}

func (s *segment) key(r *read) []byte { return s.keys[r.from:r.to] }

// maxSegments bounds the batches that a turn keeps for reuse.
const maxSegments = 4

func (t *turn) reset() {
	for _, s := range t.segments[:t.used] {
		s.batch.Reset()
		s.large = nil
		s.reads, s.keys = s.reads[:0], s.keys[:0]
	}
	for i := maxSegments; i < len(t.segments); i++ {
		t.segments[i].batch.Close()
		t.segments[i] = nil
	}
	t.segments = t.segments[:min(len(t.segments), maxSegments)]
	t.used, t.seq = 0, 0
}
