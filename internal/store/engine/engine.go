package engine

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store"
	"github.com/distributedstorage/ds/internal/store/directory"
	"github.com/distributedstorage/ds/internal/store/tail"
	"github.com/distributedstorage/ds/internal/wire"
)

// Store is an open volume. Sync may run beside the other methods, which one goroutine at a time calls.
//
// Invariants:
//  1. heads has exactly the head rows of db, digests and totals included.
//  2. synced <= lsn; everything up to synced is on the disk.
//  3. Once failed is set, nothing is written any more.
type Store struct {
	dir  string
	logf func(format string, args ...any)
	lock *pebble.Lock
	db   *pebble.DB

	identity replica.Identity
	flushed  map[kv.DB]kv.Version
	heads    directory.Directory
	room     room
	rotten   uint64

	flushSum    uint64 // of flushed, for the row of the LSN
	identitySum uint64 // for that row too

	lsn    atomic.Uint64 // of the latest batch
	synced atomic.Uint64
	failed atomic.Pointer[failure]
	// closing is held by Sync and Close, so that a volume is never closed under a sync.
	closing sync.Mutex
	fs      vfs.FS
	damages damages
	options *pebble.Options // of db
	manual  bool
	tail    *tail.Tail // nil unless it writes through; changed under closing

	row      []byte // keys of rows, reused
	lsnWords []byte
	doomed   []doomed // of a flush, reused
}

var _ replica.Store = (*Store)(nil)

// failure is why a store is of no use any more.
type failure struct {
	err error
	// stuck: the error came up inside of Pebble, which may hold its locks. It can't be closed.
	stuck bool
}

func (s *Store) err() error {
	if f := s.failed.Load(); f != nil {
		return f.err
	}
	return nil
}

// Identity is what the volume says of itself.
func (s *Store) Identity() replica.Identity { return s.identity }

// Flushed is the flush version of a database.
func (s *Store) Flushed(db kv.DB) kv.Version { return s.flushed[db] }

// Head is the record's head and the batch that wrote it.
func (s *Store) Head(db kv.DB, key []byte) (kv.Head, replica.LSN) {
	e, _ := s.heads.Get(db, kv.HashKey(db, key), key)
	return e.Head, e.LSN
}

// Scan appends a page of the partition's records. It reads no disk.
func (s *Store) Scan(p kv.Partition, after replica.Cursor, dst []byte, maxBytes int) ([]byte, bool, replica.LSN) {
	lsn := s.LSN()
	start := len(dst)
	for it := s.heads.Seek(p, after); it.Next(); {
		if len(dst)-start >= maxBytes && len(dst) > start {
			return dst, true, lsn
		}
		dst = wire.AppendEntry(dst, &wire.Entry{DB: it.DB(), Head: it.Head(), Key: it.Key()})
	}
	return dst, false, lsn
}

// Digest is the digest of a partition, kept up to date in memory.
func (s *Store) Digest(p kv.Partition) digest.Digest { return s.heads.Digest(p) }

// Totals counts live records, and gives the highest version held since the store was opened.
func (s *Store) Totals() (live uint64, highest kv.Version) { return s.heads.Live(), s.heads.Highest() }

// LSN is that of the latest batch.
func (s *Store) LSN() replica.LSN { return replica.LSN(s.lsn.Load()) }

// Rotten counts the records found rotten and not yet replaced.
func (s *Store) Rotten() uint64 { return s.rotten }

// Close releases the volume. After an error inside of Pebble it can't: the volume stays locked until the
// process ends, and the error says so.
func (s *Store) Close() (err error) {
	s.closing.Lock()
	defer s.closing.Unlock()
	f := s.failed.Load()
	if f != nil && f.err == store.ErrClosed {
		return nil
	}
	if f != nil && f.stuck {
		return &stuckError{dir: s.dir, cause: f.err}
	}
	s.failed.Store(&failure{err: store.ErrClosed})
	defer func() {
		if p := recover(); p != nil {
			err = &stuckError{dir: s.dir, cause: panicError(p)}
		}
	}()
	err = s.db.Close()
	if f == nil && err == nil {
		err = s.endTail()
	}
	return errors.Join(err, s.lock.Close())
}
