package rowdisk

import (
	"errors"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/sim/crashfs"
)

// disk is the file system of a volume, with faults.
type disk struct {
	crashfs.TwoStepReuse

	mu     sync.Mutex
	faults faults
}

// faults is what is wrong with a disk.
type faults struct {
	syncFails bool // a log is not synced
	syncLies  bool // a log is synced, and the call fails nevertheless
	full      bool // nothing can be written but so many bytes of logs
	room      int
}

var errSync = errors.New("sim: the sync failed")

func newDisk(mem *vfs.MemFS) *disk { return &disk{TwoStepReuse: crashfs.TwoStepReuse{MemFS: mem}} }

func (d *disk) set(f faults) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = f
}

// fits is how many of n bytes a file still takes.
func (d *disk) fits(log bool, n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch f := &d.faults; {
	case !f.full:
		return n
	case !log:
		return 0
	default:
		n = min(n, f.room)
		f.room -= n
		return n
	}
}

// sync makes a call that syncs a log.
func (d *disk) sync(call func() error) error {
	d.mu.Lock()
	f := d.faults
	d.mu.Unlock()
	if f.syncFails {
		return errSync
	}
	err := call()
	if f.syncLies {
		return errSync
	}
	return err
}

// ballastBytes is what the journal keeps free of so small a disk.
const ballastBytes = 64

// GetDiskUsage is that of vfs.FS.
func (d *disk) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{TotalBytes: 32 * ballastBytes, AvailBytes: 32 * ballastBytes}, nil
}

func (d *disk) file(name string) func(vfs.File, error) (vfs.File, error) {
	return func(f vfs.File, err error) (vfs.File, error) {
		if err != nil {
			return nil, err
		}
		return &file{File: f, disk: d, log: crashfs.IsLog(name), probe: d.PathBase(name) == "probe"}, nil
	}
}

// Create is that of vfs.FS.
func (d *disk) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return d.file(name)(d.TwoStepReuse.Create(name, c))
}

// OpenReadWrite is that of vfs.FS.
func (d *disk) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return d.file(name)(d.TwoStepReuse.OpenReadWrite(name, c, o...))
}

// ReuseForWrite is that of vfs.FS.
func (d *disk) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return d.file(name)(d.TwoStepReuse.ReuseForWrite(old, name, c))
}

// file is a file on a disk with faults.
type file struct {
	vfs.File
	disk *disk

	log   bool
	probe bool // nobody reads it: it is written to see whether there is room
}

func (f *file) Write(b []byte) (int, error) {
	fits := f.disk.fits(f.log, len(b))
	n, err := fits, error(nil)
	if !f.probe {
		n, err = f.File.Write(b[:fits])
	}
	if err == nil && fits < len(b) {
		err = syscall.ENOSPC
	}
	return n, err
}

func (f *file) Sync() error {
	if !f.log {
		return f.File.Sync()
	}
	return f.disk.sync(f.File.Sync)
}

func (f *file) SyncData() error {
	if !f.log {
		return f.File.SyncData()
	}
	return f.disk.sync(f.File.SyncData)
}

func (f *file) SyncTo(length int64) (full bool, _ error) {
	if !f.log {
		return f.File.SyncTo(length)
	}
	return full, f.disk.sync(func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
}
