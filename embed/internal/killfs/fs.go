package killfs

import (
	"errors"
	"os"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FS passes everything on to the operating system's file system until Kill. After it, writes seem to
// succeed and are forgotten: a store on it can be closed without a trace. What was written before stays,
// synced or not, as after a kill -9.
//
// Nobody may be told that something is stored once Kill was called: it is for stores without traffic.
type FS struct {
	vfs.FS
	limbo  vfs.FS // files made after Kill
	killed atomic.Bool
	broken atomic.Bool
}

// New is a file system that lives.
func New() *FS { return &FS{FS: vfs.Default, limbo: vfs.NewMem()} }

// Kill makes it forget what is written from now on.
func (f *FS) Kill() { f.killed.Store(true) }

// Break makes syncs fail, as on a broken disk, or work again.
func (f *FS) Break(broken bool) { f.broken.Store(broken) }

// Create makes a file, after Kill one in memory.
func (f *FS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if f.killed.Load() {
		return f.inLimbo(name, category)
	}
	return f.wrap(f.FS.Create(name, category))
}

func (f *FS) inLimbo(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.limbo.MkdirAll(f.limbo.PathDir(name), 0o755); err != nil {
		return nil, err
	}
	return f.limbo.Create(name, category)
}

// Open opens a file to read, after Kill also one that was made since.
func (f *FS) Open(name string, options ...vfs.OpenOption) (vfs.File, error) {
	if f.killed.Load() {
		if file, err := f.limbo.Open(name, options...); err == nil {
			return file, nil
		}
	}
	return f.wrap(f.FS.Open(name, options...))
}

// OpenReadWrite opens a file to write too.
func (f *FS) OpenReadWrite(name string, category vfs.DiskWriteCategory, options ...vfs.OpenOption) (vfs.File, error) {
	return f.wrap(f.FS.OpenReadWrite(name, category, options...))
}

// OpenDir opens a folder to sync it.
func (f *FS) OpenDir(name string) (vfs.File, error) { return f.wrap(f.FS.OpenDir(name)) }

// ReuseForWrite renames and overwrites a file.
func (f *FS) ReuseForWrite(old, new string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if f.killed.Load() {
		return f.inLimbo(new, category)
	}
	return f.wrap(f.FS.ReuseForWrite(old, new, category))
}

// Link, Remove, RemoveAll, Rename and MkdirAll do nothing after Kill.
func (f *FS) Link(old, new string) error {
	return f.unlessKilled(func() error { return f.FS.Link(old, new) })
}

// Remove: see Link.
func (f *FS) Remove(name string) error {
	return f.unlessKilled(func() error { return f.FS.Remove(name) })
}

// RemoveAll: see Link.
func (f *FS) RemoveAll(name string) error {
	return f.unlessKilled(func() error { return f.FS.RemoveAll(name) })
}

// Rename: see Link.
func (f *FS) Rename(old, new string) error {
	return f.unlessKilled(func() error { return f.FS.Rename(old, new) })
}

// MkdirAll: see Link.
func (f *FS) MkdirAll(dir string, perm os.FileMode) error {
	return f.unlessKilled(func() error { return f.FS.MkdirAll(dir, perm) })
}

// Unwrap is the file system below.
func (f *FS) Unwrap() vfs.FS { return f.FS }

func (f *FS) unlessKilled(do func() error) error {
	if f.killed.Load() {
		return nil
	}
	return do()
}

func (f *FS) wrap(file vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return &mortal{File: file, fs: f}, nil
}

// mortal is a file whose writes are forgotten after Kill.
type mortal struct {
	vfs.File
	fs *FS
}

func (m *mortal) Write(p []byte) (int, error) {
	if m.fs.killed.Load() {
		return len(p), nil
	}
	return m.File.Write(p)
}

func (m *mortal) WriteAt(p []byte, at int64) (int, error) {
	if m.fs.killed.Load() {
		return len(p), nil
	}
	return m.File.WriteAt(p, at)
}

func (m *mortal) Preallocate(offset, length int64) error {
	if m.fs.killed.Load() {
		return nil
	}
	return m.File.Preallocate(offset, length)
}

var errBroken = errors.New("the disk is broken")

func (m *mortal) unlessBroken(do func() error) error {
	if m.fs.broken.Load() {
		return errBroken
	}
	return do()
}

// Sync, SyncData and SyncTo fail while the disk is broken.
func (m *mortal) Sync() error { return m.unlessBroken(m.File.Sync) }

// SyncData: see Sync.
func (m *mortal) SyncData() error { return m.unlessBroken(m.File.SyncData) }

// SyncTo: see Sync.
func (m *mortal) SyncTo(length int64) (full bool, err error) {
	err = m.unlessBroken(func() error {
		full, err = m.File.SyncTo(length)
		return err
	})
	return full, err
}

// Fd hides the descriptor: writes must come through here.
func (m *mortal) Fd() uintptr { return vfs.InvalidFd }
