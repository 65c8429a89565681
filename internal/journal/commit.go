package journal

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
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
		if !s.batch.Empty() {
			last = i
		}
	}
	for i, s := range t.segments[:t.used] {
		if !s.batch.Empty() {
			if err := j.db.Apply(s.batch, j.durability(i == last)); err != nil {
				return err
			}
		}
		if len(s.reads) > 0 {
			s.snap = j.db.NewSnapshot()
		}
	}
	return nil
}

func (j *Journal) durability(last bool) *pebble.WriteOptions {
	if last {
		return j.sync
	}
	return pebble.NoSync
}

// rowBuffer gathers the rows of one report.
type rowBuffer struct {
	report Report
	bytes  []byte
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

func (j *Journal) readRows(s *segment, b *rowBuffer) error {
	for _, r := range s.reads {
		row := Row{Token: r.token}
		value, closer, err := s.snap.Get(s.keys[r.from:r.to])
		switch {
		case err == nil:
			from := len(b.bytes)
			b.bytes = append(b.bytes, value...)
			row.Found, row.Value = true, b.bytes[from:len(b.bytes):len(b.bytes)]
			closer.Close()
		case !errors.Is(err, pebble.ErrNotFound):
			return fmt.Errorf("reading a row: %w", err)
		}
		b.report.Rows = append(b.report.Rows, row)
		if len(b.bytes) >= reportBytes {
			j.flush(b)
		}
	}
	return nil
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
