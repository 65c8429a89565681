package engine

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/kv"
)

// A block of a sorted file that can't be read is cut out of the volume. Pebble merges no file that has one, tries it again for ever,
// and stops all writes once too many files wait to be merged. What the block held is in other copies, and heads are in memory: in one
// step with the cut, what else is held in its range of rows is written anew. A record whose value was in the block stays, and is
// rotten until it is written again.

// damage is a sorted file that Pebble could not read to its end, and the rows that it may hold: from, and below to.
type damage struct {
	path     string
	from, to []byte
}

// damages are those that were not looked into yet.
type damages struct {
	mu   sync.Mutex
	list []damage
}

// note is called by any goroutine that reads.
func (d *damages) note(i pebble.DataCorruptionInfo) {
	to := bytes.Clone(i.Bounds.End.Key)
	if i.Bounds.End.Kind != 0 { // inclusive
		to = append(to, 0)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.ContainsFunc(d.list, func(o damage) bool { return o.path == i.Path && bytes.Equal(o.from, i.Bounds.Start) }) {
		d.list = append(d.list, damage{path: i.Path, from: bytes.Clone(i.Bounds.Start), to: to})
	}
}

func (d *damages) take() (list []damage) {
	d.mu.Lock()
	defer d.mu.Unlock()
	list, d.list = d.list, nil
	return list
}

func (d *damages) any() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.list) > 0
}

// exciseIfDamaged is called before each batch is written: by then many files may still be merged without the damaged one.
func (s *Store) exciseIfDamaged() error {
	if s.manual || !s.damages.any() {
		return nil
	}
	s.closing.Lock()
	defer s.closing.Unlock()
	return s.exciseDamage()
}

// exciseDamage cuts out what was found damaged, and opens Pebble anew: it keeps away from what it could not merge for five minutes,
// in which writes may have to wait. It is called under closing. An error is final.
func (s *Store) exciseDamage() (err error) {
	defer s.recovered(&err)
	cut := false
	for _, d := range s.damages.take() {
		some, err := s.excise(d)
		if err != nil {
			return s.fail(err, false)
		}
		cut = cut || some
	}
	if !cut {
		return nil
	}
	if err := s.db.Close(); err != nil {
		return s.fail(err, true)
	}
	if s.db, err = openPebble(s.dir, s.options); err != nil {
		return s.fail(err, true)
	}
	s.damages.take() // what was cut out, met again meanwhile
	return nil
}

// excise cuts one unreadable range after the other out of a file. It tells whether there was one.
func (s *Store) excise(d damage) (some bool, _ error) {
	for bytes.Compare(d.from, d.to) < 0 {
		from, to, err := s.unreadable(d)
		if err != nil || from == nil {
			return some, err
		}
		s.logf("volume %s: a part of %s can't be read: rows %x to %x are written anew", s.dir, d.path, from, to)
		if err := s.replaceRows(from, to); err != nil {
			return some, err
		}
		d.from, some = to, true
	}
	return some, nil
}

// unreadable is the first range of rows of a file of which none can be read, with the last one before it: so that its ends are in blocks
// that can. It is none if the file is gone.
func (s *Store) unreadable(d damage) (from, to []byte, _ error) {
	f, err := s.fs.Open(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	readable, err := sstable.NewSimpleReadable(f)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	r, err := sstable.NewReader(context.Background(), readable, s.options.MakeReaderOptions())
	if err == nil {
		from, to, err = s.unreadableIn(r, d)
		_ = r.Close() // it was only read
	} else {
		_ = readable.Close()
	}
	if pebble.IsCorruptionError(err) { // not only blocks of rows
		return d.from, d.to, nil
	}
	return from, to, err
}

func (s *Store) unreadableIn(r *sstable.Reader, d damage) (from, to []byte, _ error) {
	deletions, err := r.NewRawRangeDelIter(context.Background(), sstable.NoFragmentTransforms, sstable.NoReadEnv)
	if err != nil {
		return nil, nil, err
	}
	if deletions != nil {
		deletions.Close()
	}
	it, err := r.NewIter(sstable.NoTransforms, d.from, d.to, sstable.AssertNoBlobHandles)
	if err != nil {
		return nil, nil, err
	}
	defer it.Close()
	from = bytes.Clone(d.from)
	after := from
	for kv := it.First(); kv != nil; kv = it.Next() {
		from = append(from[:0], kv.K.UserKey...)
		after = append(from, 0)
	}
	if err := it.Error(); err == nil || !pebble.IsCorruptionError(err) {
		return nil, nil, err
	}
	to = d.to
	s.rows(after, d.to, func(row []byte, _ *kv.Head) bool {
		it.SeekGE(row, 0)
		if it.Error() != nil {
			return true
		}
		to = bytes.Clone(row)
		return false
	})
	return from, to, nil
}

// exciseFile takes the rows that are written anew, until they belong to Pebble.
const exciseFile = "excise.tmp"

// replaceRows takes all rows from a range, and writes those again, in the same step, that can be read or are known.
func (s *Store) replaceRows(from, to []byte) error {
	if err := s.db.Flush(); err != nil { // what is written anew may be no older than what is durable
		return err
	}
	path := s.fs.PathJoin(s.dir, exciseFile)
	f, err := s.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(f), s.options.MakeWriterOptions(0, s.db.TableFormat()))
	s.rows(from, to, func(row []byte, head *kv.Head) bool {
		err = s.rewriteRow(w, row, head)
		return err == nil
	})
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	_, err = s.db.IngestAndExcise(context.Background(), []string{path}, nil, nil, pebble.KeyRange{Start: from, End: to})
	return err
}

// rewriteRow writes what a row holds, or what is known of it if it can't be read: all of a meta row, the head of a record.
func (s *Store) rewriteRow(w *sstable.Writer, row []byte, head *kv.Head) error {
	if head == nil {
		return w.Set(row, s.metaRow(row))
	}
	value, err := s.get(nil, row)
	switch {
	case err == nil:
		return w.Set(row, value)
	case !pebble.IsCorruptionError(err) && !errors.Is(err, pebble.ErrNotFound):
		return err
	case row[0] == headPrefix:
		return w.Set(row, head.Append(nil))
	}
	return nil
}
