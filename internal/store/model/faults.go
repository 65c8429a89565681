package model

import (
	"slices"

	"github.com/distributedstorage/ds/internal/kv"
)

// Crash ends the store as a power loss does and opens its volume again: what was applied and not
// synced is lost. The old store answers store.ErrClosed.
func (s *Store) Crash() *Store {
	s.mu.Lock()
	s.release()
	s.mu.Unlock()
	next, err := s.volume.Open()
	if err != nil {
		panic(err) // it was released just now
	}
	return next
}

// Clone is a second store on a volume of its own, with the same store id, applied and durable
// contents: a branch of history.
func (s *Store) Clone() *Store {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &Store{volume: s.volume.Snapshot(), now: s.now.clone(), durable: s.durable, highest: s.highest, failed: s.failed}
	c.volume.open = s.volume.open
	c.pending = slices.Clone(s.pending)
	c.countAll()
	return c
}

// Fail makes every later call but Close answer the error, as after a failed fsync.
func (s *Store) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = err
	}
}

// Rot flips a bit of the record's value, in memory and on the volume; it tells whether there was a
// value to damage.
func (s *Store) Rot(db kv.DB, key []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place{db, string(key)}
	hit := rot(&s.now, at)
	for i := range s.pending {
		if c := &s.pending[i]; c.place == at && len(c.record.value) > 0 {
			c.record = damaged(c.record)
		}
	}
	return rot(&s.volume.disk, at) || hit
}

func rot(s *state, at place) bool {
	r := s.get(at)
	if len(r.value) == 0 {
		return false
	}
	s.put(at, damaged(r))
	return true
}

func damaged(r record) record {
	r.value = slices.Clone(r.value)
	r.value[0] ^= 1
	return r
}

// Damaged tells that the record's value, as it was applied last, is not what was written. Nothing comes of asking.
func (s *Store) Damaged(db kv.DB, key []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.now.get(place{db, string(key)})
	return r.head.Exists() && !r.intact()
}
