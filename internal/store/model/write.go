package model

import (
	"github.com/distributedstorage/ds/internal/planted"
	"slices"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// Apply writes each record that is newer than what is held. A batch that changes nothing is no
// batch: it leaves the LSN where it is.
func (s *Store) Apply(batch []replica.Write, outcomes []replica.Outcome) (replica.LSN, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return 0, s.failed
	}
	lsn, before := s.now.lsn+1, len(s.pending)
	for i := range batch {
		outcomes[i] = s.apply(lsn, &batch[i])
	}
	if len(s.pending) == before {
		return s.now.lsn, nil
	}
	return lsn, nil
}

func (s *Store) apply(lsn replica.LSN, w *replica.Write) replica.Outcome {
	if !w.Head.Exists() || int(w.Head.Length) != len(w.Value) {
		panic("store: a write without a kind, or whose length is not that of its value")
	}
	at := place{w.DB, string(w.Key)}
	held := s.now.get(at).head
	out := replica.Outcome{Prev: held, Head: held}
	mend := s.rotten[at] && w.Head.Version == held.Version
	switch {
	case !s.now.flushed[w.DB].Less(w.Head.Version):
		out.Code = wire.Flushed
	case mend || w.Head.Newer(held) || planted.On(planted.ApplyOlder) && w.Head != held:
		out.Code, out.Head = wire.Applied, w.Head
		s.do(change{lsn: lsn, place: at, record: record{head: w.Head, value: slices.Clone(w.Value), lsn: lsn}})
		s.note(w.Head.Version)
	case held.Newer(w.Head):
		out.Code = wire.Newer
	default:
		out.Code = wire.Equal
	}
	return out
}

// do changes what is applied, and remembers to change what is durable.
func (s *Store) do(c change) {
	if !c.flush {
		s.count(c.place, s.now.get(c.place).head, c.record.head)
		delete(s.rotten, c.place)
	}
	s.now.do(c)
	s.pending = append(s.pending, c)
}

// Flush removes the database's records at or below the version. A version that is not above the
// last one changes nothing.
func (s *Store) Flush(db kv.DB, version kv.Version) (replica.LSN, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return 0, s.failed
	}
	if !s.now.flushed[db].Less(version) {
		return s.now.lsn, nil
	}
	lsn := s.now.lsn + 1
	s.do(change{lsn: lsn, place: place{db: db}, flush: true, record: record{head: kv.Head{Version: version}}})
	for _, part := range s.now.records {
		for at, r := range part {
			if at.db == db && !version.Less(r.head.Version) {
				s.do(change{lsn: lsn, place: at})
			}
		}
	}
	return lsn, nil
}

// Remove takes a record out as if it had never been written.
func (s *Store) Remove(db kv.DB, key []byte) (replica.LSN, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return 0, s.failed
	}
	at := place{db, string(key)}
	if !s.now.get(at).head.Exists() {
		return s.now.lsn, nil
	}
	s.do(change{lsn: s.now.lsn + 1, place: at})
	return s.now.lsn, nil
}

// Advance lifts the LSN.
func (s *Store) Advance(to replica.LSN) (replica.LSN, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return 0, s.failed
	}
	s.now.lsn = max(s.now.lsn, to)
	return s.now.lsn, nil
}

// WriteThrough changes nothing: a store whose process ends without a loss of power is one that goes on.
func (s *Store) WriteThrough(bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// Sync makes everything applied durable.
func (s *Store) Sync() (replica.LSN, error) { return s.SyncTo(s.LSN()) }

// SyncTo makes what was applied up to an LSN durable, and nothing above it: a sync that began at
// that LSN and ends now. It returns the highest durable LSN.
func (s *Store) SyncTo(lsn replica.LSN) (replica.LSN, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return 0, s.failed
	}
	lsn = min(lsn, s.now.lsn)
	n := 0
	for n < len(s.pending) && s.pending[n].lsn <= lsn {
		s.volume.disk.do(s.pending[n])
		n++
	}
	s.pending = slices.Delete(s.pending, 0, n)
	s.durable = max(s.durable, lsn)
	s.volume.disk.lsn = s.durable
	return s.durable, nil
}
