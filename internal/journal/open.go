package journal

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/ring"
)

// Options are the settings of a journal.
type Options struct {
	Geometry ring.Geometry // of the cluster; must be the volume's, if it is not empty
	FS       vfs.FS        // nil = the operating system's
}

const (
	memTableBytes = 16 << 20
	cacheBytes    = 8 << 20 // rows are read back once, to be paid: no use in keeping many
)

// Open opens the volume, making it if the folder is absent or empty, and locks it. Errors are the
// operator's: they say what to do.
func Open(dir string, o Options) (*Journal, error) {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	j := newJournal(dir)
	if err := j.guard(func() error { return j.open(o) }); err != nil {
		return nil, err
	}
	return j, nil
}

func (j *Journal) open(o Options) error {
	if err := o.FS.MkdirAll(j.dir, 0o755); err != nil {
		return fmt.Errorf("journal %s can't be made: %w; give --data a folder that this user may write", j.dir, err)
	}
	lock, err := pebble.LockDirectory(j.dir, o.FS)
	if err != nil {
		return fmt.Errorf("journal %s can't be locked: %w; stop the router that uses it, or give --data a folder of its own that this user may write", j.dir, err)
	}
	if err := j.openLocked(o, lock); err != nil {
		return errors.Join(err, lock.Close())
	}
	j.lock = lock
	return nil
}

func (j *Journal) openLocked(o Options, lock *pebble.Lock) error {
	db, err := pebble.Open(j.dir, j.options(o, lock))
	if err != nil {
		return fmt.Errorf("journal %s can't be opened: %w; see that the disk has room and is healthy, else restore the router's volume", j.dir, err)
	}
	id, err := loadIdentity(db, j.dir, o.Geometry)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	j.db, j.identity = db, id
	return nil
}

func (j *Journal) options(o Options, lock *pebble.Lock) *pebble.Options {
	return &pebble.Options{
		FS:                 o.FS,
		Lock:               lock,
		Logger:             pebbleLogger{j},
		CacheSize:          cacheBytes,
		MemTableSize:       memTableBytes,
		FormatMajorVersion: pebble.FormatNewest,
	}
}

// Close writes what is queued, reports it, and releases the volume. After a failure it leaves the
// volume locked: what is on disk can be known again only by a new process.
func (j *Journal) Close() error {
	j.mu.Lock()
	j.mu.closing = true
	started := j.mu.started
	j.mu.Unlock()
	if started {
		j.wake()
		select {
		case <-j.done:
		case <-j.failed: // the committer may hang in the store library
		}
	}
	if err := j.Err(); err != nil {
		return err
	}
	return j.guard(func() error { return errors.Join(j.db.Close(), j.lock.Close()) })
}
