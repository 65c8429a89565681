package engine

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/distributedstorage/ds/internal/store/tail"
)

// longestTail is how long, in bytes, what would be replayed after the end of the process may
// become before it is synced, if nobody asks for a sync.
const longestTail = 64 << 20

func (s *Store) tailDir() string { return s.fs.PathJoin(s.dir, "tail") }

// WriteThrough makes batches outlive the process from their return on. Pebble keeps the end of its log in the
// memory of the process until a block of 32 KiB is full or synced, so each batch is written to a tail too.
func (s *Store) WriteThrough(on bool) error {
	if err := s.err(); err != nil {
		return err
	}
	if on == (s.tail != nil) {
		return nil
	}
	if _, err := s.Sync(); err != nil { // the tail begins where the log is synced, and may end only there
		return err
	}
	s.closing.Lock()
	defer s.closing.Unlock()
	if !on {
		return s.tailFailed(s.endTail())
	}
	t, err := tail.Open(s.fs, s.tailDir())
	if err != nil {
		return s.tailFailed(err)
	}
	s.tail = t
	return nil
}

// endTail closes the tail, and removes it if the log has everything on the disk.
func (s *Store) endTail() error {
	if s.tail == nil {
		return nil
	}
	err := s.tail.Close()
	s.tail = nil
	if err != nil || s.synced.Load() != s.lsn.Load() {
		return err
	}
	return tail.Clear(s.fs, s.tailDir())
}

// loadTail brings back what the end of the process kept from the log.
func (s *Store) loadTail() error {
	lsn, err := s.loadLSN()
	if err != nil {
		return err
	}
	last, err := tail.Replay(s.fs, s.tailDir(), lsn, func(_ uint64, batch []byte) error {
		b := s.db.NewBatch()
		if err := b.SetRepr(batch); err != nil {
			return err
		}
		return s.commit(b, pebble.NoSync)
	})
	if err != nil {
		return fmt.Errorf("the tail of the log: %w", err)
	}
	if last != lsn {
		b := s.db.NewBatch()
		must(b.LogData(nil, nil))
		if err := s.commit(b, pebble.Sync); err != nil {
			return err
		}
		s.logf("volume %s: apply sequences %d to %d were in the tail of the log", s.dir, lsn+1, last)
	}
	return tail.Clear(s.fs, s.tailDir())
}

func (s *Store) writeTail() error {
	if s.tail == nil {
		return nil
	}
	if err := s.tail.Write(); err != nil {
		return s.tailFailed(err)
	}
	if s.tail.Size() < longestTail {
		return nil
	}
	_, err := s.Sync()
	return err
}

// turnTail is called under closing.
func (s *Store) turnTail() error {
	if s.tail == nil {
		return nil
	}
	return s.tailFailed(s.tail.Turn())
}

// trimTail is called under closing.
func (s *Store) trimTail() error {
	if s.tail == nil {
		return nil
	}
	return s.tailFailed(s.tail.Trim())
}

// tailFailed makes an error of the tail final.
func (s *Store) tailFailed(err error) error {
	if err == nil {
		return nil
	}
	return s.fail(err, false)
}
