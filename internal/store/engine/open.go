package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

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
	if err := checkMarker(dir, o.fs()); err != nil {
		_ = lock.Close() // the first error is the one to tell
		return nil, explain(dir, err)
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

// checkMarker demands that where there are logs or sorted files, there is what tells which of them count: without it Pebble would take
// the directory for a new one, and remove them.
func checkMarker(dir string, fs vfs.FS) error {
	names, err := fs.List(dir)
	if err != nil {
		return err
	}
	data, marker := false, false
	for _, name := range names {
		data = data || strings.HasSuffix(name, tableSuffix) || strings.HasSuffix(name, logSuffix)
		marker = marker || strings.HasPrefix(name, "marker.manifest.")
	}
	if data && !marker {
		return errors.New("the marker of its manifest is missing")
	}
	return nil
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

// explain tells what to do. Pebble marks few of the errors for which a volume must be emptied: any is such a one that neither came from the
// system nor is of a volume that this program does not know.
func explain(dir string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || !fromSystem(err) && !foreign(err) {
		return fmt.Errorf("volume %s: %w (%w); empty it, the other copies bring back what it held", dir, store.ErrDamaged, err)
	}
	return fmt.Errorf("volume %s: %w", dir, err)
}

func fromSystem(err error) bool {
	var (
		path  *fs.PathError
		call  *os.SyscallError
		link  *os.LinkError
		errno syscall.Errno
	)
	return errors.As(err, &path) || errors.As(err, &call) || errors.As(err, &link) || errors.As(err, &errno)
}

// foreign tells that the volume is of a version of Pebble that this one does not know, or that it says so itself.
func foreign(err error) bool {
	return errors.Is(err, errForeign) || strings.Contains(err.Error(), "unknown format major version")
}

// errForeign marks a volume of another program, or of another version of this one.
var errForeign = errors.New("was written by another program or version")

// load reads the meta rows, then the heads.
func (s *Store) load(random io.Reader) error {
	if err := s.checkSequence(); err != nil {
		return err
	}
	fresh, err := s.loadFormat()
	if err != nil {
		return err
	}
	if fresh {
		if err := s.checkNoTail(); err != nil {
			return err
		}
		return s.initialize(random)
	}
	if err := s.loadTail(); err != nil {
		return err
	}
	if err := s.loadMeta(); err != nil {
		return err
	}
	if err := s.loadHeads(); err != nil {
		return err
	}
	return s.checkSum()
}

// checkSequence demands that what is written next is newer, in Pebble's own count, than what is there. A manifest of which only the beginning is
// left names files, and not how far the count was: new rows would pass for older than those that they replace.
func (s *Store) checkSequence() error {
	next, err := s.nextNumber()
	if err != nil {
		return err
	}
	levels, err := s.db.SSTables()
	if err != nil {
		return err
	}
	for _, tables := range levels {
		for i := range tables {
			if t := &tables[i]; uint64(t.LargestSeqNum) >= next {
				return fmt.Errorf("its manifest ends early: %s has rows from after it", t.FileNum)
			}
		}
	}
	return nil
}

// nextNumber is what Pebble numbers next. It syncs: a volume whose log can't be written is refused at once, not at its first record.
func (s *Store) nextNumber() (next uint64, err error) {
	defer s.recovered(&err)
	b := s.db.NewBatch()
	must(b.LogData(nil, nil)) // counts as nothing, and is told the number of what comes next
	if err := s.db.Apply(b, pebble.Sync); err != nil {
		return 0, s.fail(err, false)
	}
	return uint64(b.SeqNum()), b.Close()
}

// checkNoTail demands that an empty volume has no tail: its log is gone then, and the next opening would write the tail's batches to what
// is another volume by now.
func (s *Store) checkNoTail() error {
	if names, err := s.fs.List(s.tailDir()); err == nil && len(names) > 0 {
		return errors.New("its log is missing, the tail of it is there")
	}
	return nil
}

// checkSum demands that heads, flushes and the identity are those that the volume had at its LSN: a damaged list of files may leave out one of them
// without a trace, and a tail whose log is lost has records and no identity. It is not known of a volume whose last batch was part of a flush, or
// written before there was a sum.
func (s *Store) checkSum() error {
	row, err := s.get(nil, lsnRow)
	if errors.Is(err, pebble.ErrNotFound) {
		row, err = make([]byte, 16), nil
	}
	switch {
	case err != nil:
		return err
	case len(row) >= 16 && binary.BigEndian.Uint64(row[8:]) != s.sum():
		return fmt.Errorf("its records are not those that it had at apply sequence %d", s.LSN())
	case len(row) == 24 && binary.BigEndian.Uint64(row[16:]) != s.identitySum:
		return fmt.Errorf("its identity is not the one that it had at apply sequence %d", s.LSN())
	}
	return nil
}

// loadFormat tells whether the volume is empty.
func (s *Store) loadFormat() (fresh bool, err error) {
	value, err := s.get(nil, formatRow)
	if err == nil {
		if string(value) != format {
			return false, fmt.Errorf("holds %q and not %q: it %w; run that one", value, format, errForeign)
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
	ours := !empty && isRow(it.Key())
	if err := it.Close(); err != nil {
		return false, err
	}
	switch {
	case ours:
		return false, errors.New("its format is missing")
	case !empty:
		return false, fmt.Errorf("%w: it holds data of another program; choose another directory", errForeign)
	}
	return true, nil
}

func (s *Store) initialize(random io.Reader) error {
	if _, err := io.ReadFull(random, s.identity.Store[:]); err != nil {
		return fmt.Errorf("no random store id: %w", err)
	}
	s.setIdentity(s.identity)
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
	id, err := decodeIdentity(value)
	if err != nil {
		return err
	}
	s.setIdentity(id)
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
	case err == nil && (len(value) == 8 || len(value) == 16 || len(value) == 24):
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
		s.setFlushed(db, kv.DecodeVersion(it.Value()))
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
