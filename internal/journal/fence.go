package journal

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// fence is the file system of one opening of the volume. The first call that fails to change the disk ends that
// opening: it never returns, nor does any later call that would change something, or read a file. So the store library neither
// tries again, as it does at once and for ever (after damage that it read, too), nor panics, nor takes a later sync for the failed one, nor touches
// what the next opening reads; what it held stays with it (see maxAbandoned), unless the journal is dismantled.
type fence struct {
	vfs.FS
	failed func(error)   // called once
	up     atomic.Bool   // as mu.up, for reads
	ended  chan struct{} // closed: what is held gets an error

	mu struct {
		sync.Mutex
		up     bool
		inside int           // calls under way
		idle   chan struct{} // closed once up and nobody is inside
	}
}

func newFence(fs vfs.FS, failed func(error)) *fence {
	f := &fence{FS: fs, failed: failed, ended: make(chan struct{})}
	f.mu.idle = make(chan struct{})
	return f
}

// raise lets nothing through from now on.
func (f *fence) raise() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.mu.up {
		return
	}
	f.mu.up = true
	f.up.Store(true)
	f.settleLocked()
}

// idle is closed once the fence is up and the last call that it let through has returned.
func (f *fence) idle() <-chan struct{} { return f.mu.idle }

func (f *fence) settleLocked() {
	if f.mu.up && f.mu.inside == 0 {
		close(f.mu.idle)
	}
}

// pass makes a call that changes the disk. Its error is that of a journal that was dismantled.
func (f *fence) pass(op, name string, call func() error) error {
	f.mu.Lock()
	if f.mu.up {
		f.mu.Unlock()
		return f.hold()
	}
	f.mu.inside++
	f.mu.Unlock()
	err := call()
	f.mu.Lock()
	first := err != nil && !f.mu.up
	f.mu.up = f.mu.up || err != nil
	up := f.mu.up
	f.up.Store(up)
	f.mu.inside--
	f.settleLocked()
	f.mu.Unlock()
	if first {
		f.failed(fmt.Errorf("%s of %s: %w", op, name, err))
	}
	if up {
		return f.hold()
	}
	return nil
}

// try makes a call that may fail without harm.
func (f *fence) try(op, name string, call func() error) (err error) {
	held := f.pass(op, name, func() error { err = call(); return nil })
	return cmp.Or(held, err)
}

// hold keeps a goroutine of the store library until the journal is dismantled, if it ever is.
func (f *fence) hold() error {
	<-f.ended
	return errDismantled
}

// holdReads holds whoever would read through a fence that is up.
func (f *fence) holdReads() error {
	if f.up.Load() {
		return f.hold()
	}
	return nil
}

func (f *fence) file(op, name string, open func() (vfs.File, error)) (file vfs.File, err error) {
	err = f.pass(op, name, func() (err error) {
		file, err = open()
		return err
	})
	if err != nil {
		return nil, err
	}
	return &fencedFile{File: file, fence: f, name: name}, nil
}

// Create is that of vfs.FS.
func (f *fence) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.file("creation", name, func() (vfs.File, error) { return f.FS.Create(name, c) })
}

// Open is that of vfs.FS.
func (f *fence) Open(name string, o ...vfs.OpenOption) (vfs.File, error) {
	file, err := f.FS.Open(name, o...)
	if err != nil {
		return nil, err
	}
	return &fencedFile{File: file, fence: f, name: name}, nil
}

// OpenReadWrite is that of vfs.FS.
func (f *fence) OpenReadWrite(name string, c vfs.DiskWriteCategory, o ...vfs.OpenOption) (vfs.File, error) {
	return f.file("opening", name, func() (vfs.File, error) { return f.FS.OpenReadWrite(name, c, o...) })
}

// ReuseForWrite is that of vfs.FS.
func (f *fence) ReuseForWrite(old, name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return f.file("reuse", name, func() (vfs.File, error) { return f.FS.ReuseForWrite(old, name, c) })
}

// OpenDir is that of vfs.FS: folders are opened to be synced.
func (f *fence) OpenDir(name string) (vfs.File, error) {
	file, err := f.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &fencedFile{File: file, fence: f, name: name}, nil
}

// Rename is that of vfs.FS.
func (f *fence) Rename(old, name string) error {
	return f.pass("renaming", name, func() error { return f.FS.Rename(old, name) })
}

// Link is that of vfs.FS.
func (f *fence) Link(old, name string) error {
	return f.try("linking", name, func() error { return f.FS.Link(old, name) })
}

// Remove is that of vfs.FS.
func (f *fence) Remove(name string) error {
	return f.try("removal", name, func() error { return f.FS.Remove(name) })
}

// RemoveAll is that of vfs.FS.
func (f *fence) RemoveAll(name string) error {
	return f.try("removal", name, func() error { return f.FS.RemoveAll(name) })
}

// MkdirAll is that of vfs.FS.
func (f *fence) MkdirAll(dir string, perm os.FileMode) error {
	return f.try("making", dir, func() error { return f.FS.MkdirAll(dir, perm) })
}

// Lock does nothing: the volume is locked from its first opening to its end, by the journal.
func (f *fence) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

// Unwrap is that of vfs.FS.
func (f *fence) Unwrap() vfs.FS { return f.FS }

// fencedFile is a file behind the fence.
type fencedFile struct {
	vfs.File
	fence *fence
	name  string
}

func (f *fencedFile) Read(b []byte) (int, error) {
	if err := f.fence.holdReads(); err != nil {
		return 0, err
	}
	return f.File.Read(b)
}

func (f *fencedFile) ReadAt(b []byte, at int64) (int, error) {
	if err := f.fence.holdReads(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(b, at)
}

func (f *fencedFile) Write(b []byte) (n int, _ error) {
	err := f.fence.pass("write", f.name, func() (err error) {
		n, err = f.File.Write(b)
		return err
	})
	return n, err
}

func (f *fencedFile) WriteAt(b []byte, at int64) (n int, _ error) {
	err := f.fence.pass("write", f.name, func() (err error) {
		n, err = f.File.WriteAt(b, at)
		return err
	})
	return n, err
}

// Preallocate may fail: it only saves time.
func (f *fencedFile) Preallocate(offset, length int64) error {
	_ = f.fence.try("preallocation", f.name, func() error { return f.File.Preallocate(offset, length) })
	return nil
}

func (f *fencedFile) Sync() error {
	return f.fence.pass("sync", f.name, f.File.Sync)
}

func (f *fencedFile) SyncData() error {
	return f.fence.pass("sync", f.name, f.File.SyncData)
}

func (f *fencedFile) SyncTo(length int64) (full bool, _ error) {
	err := f.fence.pass("sync", f.name, func() (err error) {
		full, err = f.File.SyncTo(length)
		return err
	})
	return full, err
}
