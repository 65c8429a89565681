package engine

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// Read appends the value to dst, if it is what was written.
func (s *Store) Read(db kv.DB, key, dst []byte) (kv.Head, []byte, replica.LSN, wire.Status) {
	if s.err() != nil {
		return kv.Head{}, dst, 0, wire.StatusFailed
	}
	hash := kv.HashKey(db, key)
	held, ok := s.heads.Get(db, hash, key)
	if !ok {
		return kv.Head{}, dst, 0, wire.StatusNone
	}
	start := len(dst)
	out, err := s.value(db, hash, key, held.Head, dst)
	switch {
	case err == nil && intact(held.Head, out[start:]):
		if held.Rotten { // it was not the disk, or it got over it
			s.mark(db, hash, key, false)
		}
		return held.Head, out, held.LSN, wire.StatusOK
	case err == nil || errors.Is(err, pebble.ErrNotFound) || pebble.IsCorruptionError(err):
		if !held.Rotten {
			s.logf("volume %s: record %q of database %d is rotten: %v", s.dir, key, db, err)
			s.mark(db, hash, key, true)
		}
		return held.Head, dst, held.LSN, wire.StatusRotten
	}
	s.logf("volume %s: record %q of database %d can't be read: %v", s.dir, key, db, err)
	return held.Head, dst, held.LSN, wire.StatusFailed
}

func intact(h kv.Head, value []byte) bool {
	return int(h.Length) == len(value) && kv.Checksum(h.Kind, h.Expiry, value) == h.Checksum
}

func (s *Store) mark(db kv.DB, hash kv.Hash, key []byte, rotten bool) {
	s.heads.Mark(db, hash, key, rotten)
	if rotten {
		s.rotten++
	} else {
		s.rotten--
	}
}

// value appends what the row of the value holds.
func (s *Store) value(db kv.DB, hash kv.Hash, key []byte, head kv.Head, dst []byte) ([]byte, error) {
	if head.Length == 0 {
		return dst, nil
	}
	if head.Length > inlineLimit {
		s.row = appendRow(s.row[:0], valuePrefix, db, hash, key)
		return s.get(dst, s.row)
	}
	s.row = appendRow(s.row[:0], headPrefix, db, hash, key)
	start := len(dst)
	dst, err := s.get(dst, s.row)
	if err != nil {
		return dst, err
	}
	// The head goes, the value moves to its place.
	n := copy(dst[start:], dst[min(start+kv.HeadSize, len(dst)):])
	return dst[:start+n], nil
}

// get appends the content of a row to dst.
func (s *Store) get(dst, row []byte) ([]byte, error) {
	value, closer, err := s.db.Get(row)
	if err != nil {
		return dst, err
	}
	dst = append(dst, value...)
	return dst, closer.Close()
}
