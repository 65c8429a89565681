package journal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// reportBytes is how many bytes of rows go into one report.
const reportBytes = 256 << 10

// run is the committer: group commit by taking everything that was queued while the last sync ran.
func (j *Journal) run() {
	defer close(j.done)
	var rows rowBuffer
	for {
		t := j.take()
		if t == nil {
			return
		}
		if err := j.commit(t); err != nil {
			j.fail(err)
			return
		}
		if err := j.answer(t, &rows); err != nil {
			j.fail(err)
			return
		}
		j.giveBack(t)
	}
}

// take waits for work. It returns nil once the journal failed, or is closing and all is written.
func (j *Journal) take() *turn {
	for {
		j.mu.Lock()
		if j.mu.failure != nil {
			j.mu.Unlock()
			return nil
		}
		if t := j.mu.queue; !t.empty() {
			j.mu.queue, j.mu.spare = j.mu.spare, nil
			j.mu.Unlock()
			return t
		}
		closing := j.mu.closing
		j.mu.Unlock()
		if closing {
			return nil
		}
		select {
		case <-j.signal:
		case <-j.failed:
		}
	}
}

func (j *Journal) giveBack(t *turn) {
	t.reset()
	j.mu.Lock()
	j.mu.spare = t
	j.mu.Unlock()
}

// commit writes a turn in order. Only its last batch is synced: the log is one, so that a sync covers
// everything before it.
func (j *Journal) commit(t *turn) error {
	last := -1
	for i, s := range t.segments[:t.used] {
		if s.writes() {
			last = i
		}
	}
	for i, s := range t.segments[:t.used] {
		if err := j.apply(s, j.durability(i == last)); err != nil {
			return err
		}
		if len(s.reads) > 0 {
			s.snap = j.db.NewSnapshot()
		}
	}
	return nil
}

// apply writes a segment. The copy of large values that Pebble takes is given back at once, before the next is made.
func (j *Journal) apply(s *segment, durability *pebble.WriteOptions) error {
	if s.large != nil {
		batch := s.large.fill(j.db)
		s.large = nil
		return errors.Join(j.db.Apply(batch, durability), batch.Close())
	}
	if s.batch.Empty() {
		return nil
	}
	return j.db.Apply(s.batch, durability)
}

func (j *Journal) durability(last bool) *pebble.WriteOptions {
	if last && !planted.On(planted.JournalUnsynced) {
		return j.sync
	}
	return pebble.NoSync
}

// rowBuffer gathers the rows of one report.
type rowBuffer struct {
	report Report
	bytes  []byte
	limit  []byte
}

// answer reports what was synced and, after it, the rows that were asked for: what a row says is
// on the disk when the core sees it.
func (j *Journal) answer(t *turn, b *rowBuffer) error {
	b.report.Synced = t.seq
	for _, s := range t.segments[:t.used] {
		if s.snap == nil {
			continue
		}
		if err := errors.Join(j.readRows(s, b), s.snap.Close()); err != nil {
			return err
		}
		s.snap = nil
	}
	j.flush(b)
	return nil
}

// readRows reads in the order of the keys, with one iterator: rows that lie together, as those of a server that is
// paid do, then cost one block and not one each.
func (j *Journal) readRows(s *segment, b *rowBuffer) error {
	slices.SortFunc(s.reads, func(x, y read) int { return bytes.Compare(s.key(&x), s.key(&y)) })
	it, err := s.snap.NewIter(&pebble.IterOptions{LowerBound: []byte{corePrefix}, UpperBound: []byte{endPrefix}})
	if err != nil {
		return fmt.Errorf("reading rows: %w", err)
	}
	defer it.Close()
	for i := range s.reads {
		if err := b.read(it, s.key(&s.reads[i]), s.reads[i].token); err != nil {
			return fmt.Errorf("reading a row: %w", err)
		}
		if len(b.bytes) >= reportBytes {
			j.flush(b)
		}
	}
	return nil
}

// nearRows is how many rows are stepped over before the iterator seeks: a step costs a tenth of a seek.
const nearRows = 4

// find moves the iterator on to the row, or tells that there is none.
func find(it *pebble.Iterator, key, limit []byte) bool {
	for range nearRows {
		if !it.Valid() || bytes.Compare(it.Key(), key) >= 0 {
			break
		}
		it.Next()
	}
	if it.Valid() && bytes.Compare(it.Key(), key) >= 0 { // in order: nothing lies between
		return bytes.Equal(it.Key(), key)
	}
	return it.SeekGEWithLimit(key, limit) == pebble.IterValid && bytes.Equal(it.Key(), key)
}

// read appends one row. The limit keeps a row that is gone from being searched for behind its place.
func (b *rowBuffer) read(it *pebble.Iterator, key []byte, token uint64) error {
	b.limit = append(append(b.limit[:0], key...), 0)
	row := Row{Token: token}
	if find(it, key, b.limit) {
		value, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		row.Found, row.Own = true, len(value) > wire.LargeValue
		row.Value = b.keep(value, row.Own)
	}
	b.report.Rows = append(b.report.Rows, row)
	return it.Error()
}

func (b *rowBuffer) keep(value []byte, own bool) []byte {
	if own {
		return bytes.Clone(value)
	}
	from := len(b.bytes)
	b.bytes = append(b.bytes, value...)
	return b.bytes[from:len(b.bytes):len(b.bytes)]
}

// flush delivers a report that has anything to say.
func (j *Journal) flush(b *rowBuffer) {
	if b.report.Synced != 0 || len(b.report.Rows) > 0 {
		j.report(&b.report)
	}
	if cap(b.bytes) > 4*reportBytes {
		b.bytes = nil
	}
	b.report.Synced, b.report.Rows, b.bytes = 0, b.report.Rows[:0], b.bytes[:0]
}
