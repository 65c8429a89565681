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
	MemTable int64         // bytes of each of the two tables that rows are gathered in before they are sorted into files; 0 = 16 MiB
}

const (
	memTableBytes   = 16 << 20
	indexBlockBytes = 256 << 10
	cacheBytes      = 8 << 20 // rows are read back once, to be paid: no use in keeping many
)

// Open opens the volume, making it if the folder is absent or empty, and locks it. Errors are the
// operator's: they say what to do.
func Open(dir string, o Options) (*Journal, error) {
	v, err := lockVolume(dir, o)
	if err != nil {
		return nil, err
	}
	j, err := v.open()
	if err != nil {
		return nil, errors.Join(err, v.lock.Close())
	}
	return j, nil
}

// open opens the locked volume. Everything that Pebble finds in a log it writes anew, to files that it syncs
// before it is open: what only the system's memory still shows, after a failed sync, is on the disk then.
func (v *volume) open() (*Journal, error) {
	j := newJournal(v)
	if err := j.guard(j.openPebble); err != nil {
		if j.Err() != nil {
			v.abandoned++
		}
		return nil, err
	}
	return j, nil
}

func (j *Journal) openPebble() error {
	db, err := pebble.Open(j.dir, j.options())
	if err != nil {
		return fmt.Errorf("journal %s can't be opened: %w; see that the disk has room and is healthy, else restore the router's volume", j.dir, err)
	}
	id, err := loadIdentity(db, j.dir, j.geometry)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	j.db, j.identity = db, id
	return nil
}

func (j *Journal) options() *pebble.Options {
	p := &pebble.Options{
		FS:     j.fence,
		Logger: pebbleLogger{j},
		// By default Pebble ends the process in the middle of the read that met the damage. The error comes out of that read too.
		EventListener: &pebble.EventListener{DataCorruption: func(i pebble.DataCorruptionInfo) {
			j.fail(fmt.Errorf("damaged file %s: %w", i.Path, i.Details))
		}},
		CacheSize:          cacheBytes,
		MemTableSize:       j.memTable,
		FormatMajorVersion: pebble.FormatNewest,
	}
	// Rows live as long as a server is away: packing them costs more than it saves. An index of one level spares
	// the reads of rows that are paid one block each.
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionNone })
	p.Levels[0].IndexBlockSize = indexBlockBytes
	return p
}

// Close writes what is queued, reports it, and releases the volume. After a failure it writes nothing, and the
// volume stays locked if a call to the disk hangs.
func (j *Journal) Close() error {
	j.mu.Lock()
	j.mu.closing = true
	j.mu.Unlock()
	if j.started() {
		j.wake()
		select {
		case <-j.done:
		case <-j.failed: // the committer may hang in the store library
		}
	}
	if err := j.Err(); err != nil {
		return errors.Join(err, j.release())
	}
	if err := j.guard(j.db.Close); err != nil {
		return err
	}
	return j.lock.Close()
}

// started tells that the committer runs, or ran.
func (j *Journal) started() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.mu.started
}

// memTable is the size asked for, within sensible bounds.
func memTable(asked int64) uint64 {
	if asked == 0 {
		return memTableBytes
	}
	return uint64(min(max(asked, 2<<20), memTableBytes))
}
