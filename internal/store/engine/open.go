package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/cockroachdb/pebble/v2"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store"
)

// Open opens the volume in a directory, which is made if need be. An empty volume gets its store
// id before Open returns, durably. The errors are for an operator: they say what is wrong
// and what to do; a volume in use is store.ErrLocked, a damaged one store.ErrDamaged.
func Open(dir string, o Options) (*Store, error) {
	o = o.withDefaults()
	lock, err := lockVolume(dir, o)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, logf: o.Logf, fs: o.fs(), lock: lock, manual: o.Manual, flushed: map[kv.DB]kv.Version{}}
	s.room = room{fs: o.fs(), dir: dir, logf: o.Logf}
	s.options = o.pebble(lock, func(err error) { s.fail(err, false) }, s.damages.note)
	s.db, err = openPebble(dir, s.options)
	if err != nil {
		_ = lock.Close() // the first error is the one to tell
		return nil, explain(dir, err)
	}
	if err := s.load(o.Random); err != nil {
		_ = s.Close()
		return nil, explain(dir, err)
	}
	return s, nil
}

func lockVolume(dir string, o Options) (*pebble.Lock, error) {
	if err := o.fs().MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("volume %s: can't be made: %w; mount a volume there that this user may write", dir, err)
	}
	lock, err := pebble.LockDirectory(dir, o.fs())
	if err == nil {
		return lock, nil
	}
	// The lock itself being held is a bare errno or text; a path in the error means that the
	// lock file can't be opened.
	var path *fs.PathError
	if errors.As(err, &path) {
		return nil, fmt.Errorf("volume %s: can't be written: %w; mount it writable for this user", dir, err)
	}
	return nil, fmt.Errorf("volume %s: %w by another process; stop that one, or choose another directory (%w)", dir, store.ErrLocked, err)
}

// openPebble turns the panics of an open into errors: a disk that fails here leaves nothing behind but the
// lock, which is released with the error.
func openPebble(dir string, o *pebble.Options) (db *pebble.DB, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicError(p)
		}
	}()
	return pebble.Open(dir, o)
}

func explain(dir string, err error) error {
	if pebble.IsCorruptionError(err) || errors.Is(err, fs.ErrNotExist) { // a file that the manifest names is gone
		return fmt.Errorf("volume %s: %w (%w); empty it, the other copies bring back what it held", dir, store.ErrDamaged, err)
	}
	return fmt.Errorf("volume %s: %w", dir, err)
}

// load reads the meta rows, then the heads.
func (s *Store) load(random io.Reader) error {
	fresh, err := s.loadFormat()
	if err != nil {
		return err
	}
	if fresh {
		return s.initialize(random)
	}
	if err := s.loadTail(); err != nil {
		return err
	}
	if err := s.loadMeta(); err != nil {
		return err
	}
	return s.loadHeads()
}

// loadFormat tells whether the volume is empty.
func (s *Store) loadFormat() (fresh bool, err error) {
	value, err := s.get(nil, formatRow)
	if err == nil {
		if string(value) != format {
			return false, fmt.Errorf("holds %q and not %q: it was written by another program or version; run that one", value, format)
		}
		return false, nil
	}
	if !errors.Is(err, pebble.ErrNotFound) {
		return false, err
	}
	it, err := s.db.NewIter(nil)
	if err != nil {
		return false, err
	}
	empty := !it.First()
	if err := it.Close(); err != nil {
		return false, err
	}
	if !empty {
		return false, errors.New("holds data of another program; choose another directory")
	}
	return true, nil
}

func (s *Store) initialize(random io.Reader) error {
	if _, err := io.ReadFull(random, s.identity.Store[:]); err != nil {
		return fmt.Errorf("no random store id: %w", err)
	}
	b := s.db.NewBatch()
	set(b, formatRow, []byte(format))
	set(b, identityRow, encodeIdentity(s.identity))
	return s.commit(b, pebble.Sync)
}

func (s *Store) loadMeta() error {
	value, err := s.get(nil, identityRow)
	if err != nil {
		return fmt.Errorf("no identity: %w", err)
	}
	if s.identity, err = decodeIdentity(value); err != nil {
		return err
	}
	lsn, err := s.loadLSN()
	if err != nil {
		return err
	}
	s.lsn.Store(lsn)
	s.synced.Store(lsn)
	return s.loadFlushes()
}

func (s *Store) loadLSN() (uint64, error) {
	switch value, err := s.get(nil, lsnRow); {
	case err == nil && len(value) == 8:
		return binary.BigEndian.Uint64(value), nil
	case errors.Is(err, pebble.ErrNotFound):
		return 0, nil
	default:
		return 0, fmt.Errorf("no apply sequence: %w", err)
	}
}

func (s *Store) loadFlushes() error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: flushRows, UpperBound: []byte{metaPrefix, flushRows[1] + 1}})
	if err != nil {
		return err
	}
	defer it.Close()
	for it.First(); it.Valid(); it.Next() {
		db := kv.DB(binary.BigEndian.Uint16(it.Key()[len(flushRows):]))
		s.flushed[db] = kv.DecodeVersion(it.Value())
	}
	return it.Error()
}

// loadHeads fills the directory. Records that a flush did not come to remove, because the process
// ended in between, are removed now.
func (s *Store) loadHeads() error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{headPrefix}, UpperBound: []byte{headPrefix + 1}})
	if err != nil {
		return err
	}
	defer it.Close()
	b := s.db.NewBatch()
	for it.First(); it.Valid(); it.Next() {
		if err := s.loadHead(b, it.Key(), it.Value()); err != nil {
			return err
		}
	}
	if err := it.Error(); err != nil {
		return err
	}
	if b.Empty() {
		return b.Close()
	}
	return s.commit(b, pebble.Sync)
}

func (s *Store) loadHead(b *pebble.Batch, row, value []byte) error {
	db, hash, key, ok := parseRow(row)
	if !ok || len(value) < kv.HeadSize {
		return fmt.Errorf("row %x: %w", row, store.ErrDamaged)
	}
	head := kv.DecodeHead(value)
	if !s.flushed[db].Less(head.Version) {
		s.deleteRows(b, db, hash, key, head.Length)
		return nil
	}
	s.heads.Put(db, hash, key, head, replica.LSN(0))
	return nil
}
