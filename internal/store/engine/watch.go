package engine

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// watch is a file system that reports the first error of the log at once. Pebble meets it later, and when
// that is in the middle of changing logs, it ends the process: so nothing must be written
// from that moment on, and the cause must be in the log of the server.
//
// It also paces what Pebble tries again at once and for ever, a flush or compaction that failed for want of room:
// else a full disk would cost a core as well.
type watch struct {
	vfs.FS
	failed   func(err error)
	manual   bool         // nothing is tried again by itself
	stumbled atomic.Int64 // Unix nanoseconds of the last failure in the background
}

const (
	// logSuffix and tableSuffix are those of the names of Pebble's write-ahead logs and sorted files.
	logSuffix, tableSuffix = ".log", ".sst"
	// retryPause is from a failure in the background to the next sorted file.
	retryPause = 200 * time.Millisecond
)

// stumble notes a failure in the background.
func (w *watch) stumble() { w.stumbled.Store(time.Now().UnixNano()) }

// pace waits before a sorted file is made: Pebble holds none of its locks there.
func (w *watch) pace() {
	if wait := retryPause - time.Since(time.Unix(0, w.stumbled.Load())); wait > 0 && wait <= retryPause {
		time.Sleep(wait)
	}
}

func (w *watch) report(op, name string, err error) {
	if err != nil {
		w.failed(fmt.Errorf("%s of %s: %w", op, name, err))
	}
}

// Create is that of vfs.FS.
func (w *watch) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasSuffix(name, tableSuffix) && !w.manual {
		w.pace()
	}
	f, err := w.FS.Create(name, c)
	return w.wrap("creation", name, f, err)
}

// ReuseForWrite is that of vfs.FS.
func (w *watch) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := w.FS.ReuseForWrite(oldname, newname, c)
	return w.wrap("reuse", newname, f, err)
}

// Unwrap is that of vfs.FS.
func (w *watch) Unwrap() vfs.FS { return w.FS }

func (w *watch) wrap(op, name string, f vfs.File, err error) (vfs.File, error) {
	if !strings.HasSuffix(name, logSuffix) {
		return f, err
	}
	w.report(op, name, err)
	if err != nil {
		return f, err
	}
	return &watchedFile{File: f, watch: w, name: name}, nil
}

// watchedFile is a log.
type watchedFile struct {
	vfs.File
	watch *watch
	name  string
}

func (f *watchedFile) Write(b []byte) (int, error) {
	n, err := f.File.Write(b)
	f.watch.report("write", f.name, err)
	return n, err
}

func (f *watchedFile) Sync() error {
	err := f.File.Sync()
	f.watch.report("sync", f.name, err)
	return err
}

func (f *watchedFile) SyncData() error {
	err := f.File.SyncData()
	f.watch.report("sync", f.name, err)
	return err
}

func (f *watchedFile) SyncTo(length int64) (bool, error) {
	full, err := f.File.SyncTo(length)
	f.watch.report("sync", f.name, err)
	return full, err
}
