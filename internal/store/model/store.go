package model

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store"
	"github.com/distributedstorage/ds/internal/wire"
)

// Store is an open volume. All its methods may be called at the same time.
type Store struct {
	mu      sync.Mutex
	volume  *Volume
	now     state       // what was applied
	durable replica.LSN // up to here, now is on the volume
	pending []change    // what is not, in order
	rotten  map[place]bool
	highest kv.Version // ever held since the store was opened
	failed  error      // final

	digests [kv.Partitions]digest.Digest      // of now
	used    [kv.Partitions / 64]atomic.Uint64 // partitions that ever held a record
}

var _ replica.Store = (*Store)(nil)

// Volume is the disk under the store.
func (s *Store) Volume() *Volume { return s.volume }

// Identity is what the volume says of itself.
func (s *Store) Identity() replica.Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.identity
}

// SetIdentity replaces the identity, durably. The store id can't be changed.
func (s *Store) SetIdentity(id replica.Identity) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	if id.Store != s.now.identity.Store {
		panic(fmt.Sprintf("store: the store id is %v for ever, not %v", s.now.identity.Store, id.Store))
	}
	s.now.identity = id
	s.volume.disk.identity = id
	return nil
}

// Flushed is the flush version of a database.
func (s *Store) Flushed(db kv.DB) kv.Version {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.flushed[db]
}

// Head is the record's head and the batch that wrote it.
func (s *Store) Head(db kv.DB, key []byte) (kv.Head, replica.LSN) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.now.get(place{db, string(key)})
	return r.head, r.lsn
}

// Read appends the value to dst, if it is what was written.
func (s *Store) Read(db kv.DB, key, dst []byte) (kv.Head, []byte, replica.LSN, wire.Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return kv.Head{}, dst, 0, wire.StatusFailed
	}
	at := place{db, string(key)}
	r := s.now.get(at)
	if !r.head.Exists() {
		return kv.Head{}, dst, 0, wire.StatusNone
	}
	if !r.intact() {
		if s.rotten == nil {
			s.rotten = map[place]bool{}
		}
		s.rotten[at] = true
		return r.head, dst, r.lsn, wire.StatusRotten
	}
	return r.head, append(dst, r.value...), r.lsn, wire.StatusOK
}

// Scan appends a page of the partition's records, in the order database, hash, key.
func (s *Store) Scan(p kv.Partition, after replica.Cursor, dst []byte, maxBytes int) ([]byte, bool, replica.LSN) {
	s.mu.Lock()
	defer s.mu.Unlock()
	start := len(dst)
	for _, e := range s.sorted(p) {
		from := entry{hash: after.Hash, place: place{after.DB, string(after.Key)}}
		if c := e.compare(from); c < 0 || c == 0 && len(after.Key) > 0 {
			continue
		}
		if len(dst)-start >= maxBytes && len(dst) > start {
			return dst, true, s.now.lsn
		}
		dst = wire.AppendEntry(dst, &wire.Entry{DB: e.db, Head: e.head, Key: []byte(e.key)})
	}
	return dst, false, s.now.lsn
}

func (s *Store) sorted(p kv.Partition) []entry {
	var all []entry
	for at, r := range s.now.records[p] {
		all = append(all, entry{hash: at.hash(), place: at, head: r.head})
	}
	slices.SortFunc(all, entry.compare)
	return all
}

// Digest is kept with each change, as the engine keeps it, so that servers of a simulation have something to compare their records with.
func (s *Store) Digest(p kv.Partition) digest.Digest {
	if s.used[p/64].Load()>>(p%64)&1 == 0 { // nearly always, in a simulation
		return digest.Digest{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.digests[p]
}

// count counts a record in, in place of the one that was held.
func (s *Store) count(at place, was, is kv.Head) {
	hash := at.hash()
	p := hash.Partition()
	s.used[p/64].Or(1 << (p % 64))
	s.digests[p].Remove(at.db, hash, was)
	s.digests[p].Add(at.db, hash, is)
}

// countAll counts all that is held.
func (s *Store) countAll() {
	for _, part := range s.now.records {
		for at, r := range part {
			s.count(at, kv.Head{}, r.head)
		}
	}
}

// Totals counts live records, and gives the highest version held since the store was opened.
func (s *Store) Totals() (live uint64, highest kv.Version) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, part := range s.now.records {
		for _, r := range part {
			if r.head.Kind == kv.Live {
				live++
			}
		}
	}
	return live, s.highest
}

// LSN is that of the latest batch.
func (s *Store) LSN() replica.LSN {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.lsn
}

// Rotten counts the records found rotten and not yet replaced.
func (s *Store) Rotten() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return uint64(len(s.rotten))
}

func (s *Store) note(v kv.Version) {
	if s.highest.Less(v) {
		s.highest = v
	}
}

// Close releases the volume. What was not synced is lost: the port promises no more.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.release()
	return nil
}

func (s *Store) release() {
	if s.failed != store.ErrClosed {
		s.failed = store.ErrClosed
		s.volume.open = false
	}
}
