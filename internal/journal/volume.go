package journal

import (
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/blocksum"
	"github.com/distributedstorage/ds/internal/ring"
)

// volume is the folder of a journal, locked over all its openings.
type volume struct {
	dir       string
	fs        vfs.FS
	geometry  ring.Geometry
	memTable  uint64 // bytes
	lock      *pebble.Lock
	ballast   ballast
	abandoned int // openings that failed
}

func lockVolume(dir string, o Options) (*volume, error) {
	v := &volume{dir: dir, fs: o.FS, geometry: o.Geometry, memTable: memTable(o.MemTable)}
	if v.fs == nil {
		v.fs = vfs.Default
	}
	v.fs = blocksum.FS(v.fs)
	if err := v.fs.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("journal %s can't be made: %w; give --data a folder that this user may write", dir, err)
	}
	v.ballast.v = v
	var err error
	if v.lock, err = pebble.LockDirectory(dir, v.fs); err != nil {
		return nil, fmt.Errorf("journal %s can't be locked: %w; stop the router that uses it, or give --data a folder of its own that this user may write", dir, err)
	}
	v.ballast.measure()
	return v, nil
}

const (
	// maxAbandoned is how many failed openings a process keeps: each keeps its goroutines, its open files
	// and its memory (two memtables and a cache: 40 MiB at most).
	maxAbandoned = 3
	// hangPatience is how long the end of a failed journal waits for calls under way.
	hangPatience = time.Second
)

// ErrSpent: the volume failed so often that only a new process may open it again.
var ErrSpent = errors.New("the journal failed too often to be opened again in this process")

// ErrHangs: a call of the failed journal to its disk has not returned. The volume may be opened again once it has.
var ErrHangs = errors.New("a call to its disk has not returned")

var errDismantled = errors.New("the journal was dismantled")

// Reopen opens the volume of a journal that failed, which is of no use afterwards. What was reported as synced is
// there, and what else is there is durable now. An error leaves the volume as it is: to be tried again
// later, unless it is ErrSpent.
func (j *Journal) Reopen() (*Journal, error) {
	if j.Err() == nil {
		panic("journal: an open journal is opened again")
	}
	if !j.counted {
		j.counted = true
		j.abandoned++
	}
	if j.abandoned > maxAbandoned {
		return nil, ErrSpent
	}
	select {
	case <-j.fence.idle():
	default:
		return nil, fmt.Errorf("journal %s: %w", j.dir, ErrHangs)
	}
	if isFull(j.Err()) {
		if err := j.ballast.drop(); err != nil {
			return nil, fmt.Errorf("journal %s: making room: %w", j.dir, err)
		}
	}
	if err := j.probe(); err != nil {
		if isFull(err) {
			err = errors.Join(err, j.ballast.drop()) // the next attempt has its room
		}
		return nil, fmt.Errorf("journal %s: its disk was tried: %w", j.dir, err)
	}
	return j.open()
}

// release gives the volume of a failed journal back, if nothing of it can change the disk any more.
func (j *Journal) release() error {
	select {
	case <-j.fence.idle():
		return j.lock.Close()
	case <-time.After(hangPatience):
		return ErrHangs
	}
}

// SetAside closes an opened journal, which was not started, because of what was found in it: so that it can be
// opened again later.
func (j *Journal) SetAside(cause error) {
	if j.Err() == nil && j.guard(j.db.Close) == nil {
		j.counted = true // it keeps nothing
	}
	j.fail(cause)
}

// Dismantle ends what a failed journal left in memory, soon after it returns: goroutines, tables, cache. It is for processes in which
// volumes of memory fail by the thousand, as in the simulator. The store library makes up to the end what it can of the errors that its
// calls get then, which is not known to be harmless everywhere: a router keeps what failed (see maxAbandoned).
func (j *Journal) Dismantle() {
	if j.Err() == nil {
		panic("journal: an open journal is dismantled")
	}
	close(j.fence.ended)
	go func() {
		if j.started() {
			<-j.done
		}
		if j.db != nil {
			_ = j.db.Close() // whatever it finds wrong
		}
	}()
}
