package journal

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// Once a call has failed, it and all later ones that would change the disk stay where they are.
func TestFenceLetsNothingThrough(t *testing.T) {
	var armed atomic.Bool
	var changes atomic.Int32
	mem := vfs.NewMem()
	below := errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite && armed.Load() {
			changes.Add(1)
			return errGone
		}
		return nil
	}))
	failed := make(chan error, 2)
	f := newFence(below, func(err error) { failed <- err })
	file := written(t, f, "file")
	dir, err := f.OpenDir("")
	if err != nil {
		t.Fatal(err)
	}
	armed.Store(true)
	returned := make(chan string, 20)
	go func() { file.Sync(); returned <- "the sync that failed" }()
	wantError(t, <-failed, "sync of file", "the disk is gone")
	<-f.idle()
	for name, call := range map[string]func(){
		"Create": func() { f.Create("other", vfs.WriteCategoryUnspecified) }, "Rename": func() { f.Rename("file", "other") },
		"Remove": func() { f.Remove("file") }, "RemoveAll": func() { f.RemoveAll("file") }, "Link": func() { f.Link("file", "other") },
		"MkdirAll": func() { f.MkdirAll("other", 0o755) }, "OpenReadWrite": func() { f.OpenReadWrite("file", vfs.WriteCategoryUnspecified) },
		"ReuseForWrite": func() { f.ReuseForWrite("file", "other", vfs.WriteCategoryUnspecified) },
		"Write":         func() { file.Write([]byte("x")) }, "WriteAt": func() { file.WriteAt([]byte("x"), 0) }, "Sync": func() { file.Sync() },
		"SyncData": func() { file.SyncData() }, "SyncTo": func() { file.SyncTo(1) }, "Preallocate": func() { file.Preallocate(0, 1) },
		"Sync of the folder": func() { dir.Sync() },
	} {
		begun := make(chan struct{})
		go func() { close(begun); call(); returned <- name }()
		<-begun
	}
	// A call that passes would be counted below; one that returns is told here.
	for range 100 {
		if _, err := f.List(""); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case name := <-returned:
		t.Errorf("%s returned", name)
	default:
	}
	if n := changes.Load(); n != 1 {
		t.Errorf("%d calls reached the disk, want the one that failed", n)
	}
}

// A call that was let through before another failed is waited for.
func TestFenceIsIdleAfterTheLastCall(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	below := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch {
		case op.Kind == errorfs.OpFileSync:
			close(entered)
			<-leave
		case op.Kind == errorfs.OpFileWrite:
			return errGone
		}
		return nil
	}))
	f := newFence(below, func(error) {})
	file, err := f.Create("file", vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	go file.Sync()
	<-entered
	failed := make(chan struct{})
	f.failed = func(error) { close(failed) }
	go file.Write([]byte("x"))
	<-failed
	select {
	case <-f.idle():
		t.Error("idle with a call under way")
	default:
	}
	close(leave)
	<-f.idle()
}

// Nor is anything read: what the store library finds damaged it would read again at once and for ever.
func TestFenceHoldsReads(t *testing.T) {
	mem := vfs.NewMem()
	f := newFence(mem, func(error) {})
	for _, name := range []string{"a", "b"} {
		written(t, f, name)
	}
	file, err := f.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.ReadAt(make([]byte, 3), 1); err != nil {
		t.Fatal(err)
	}
	f.raise()
	returned := make(chan string, 2)
	var begun sync.WaitGroup
	for name, call := range map[string]func(){
		"Read": func() { file.Read(make([]byte, 3)) }, "ReadAt": func() { file.ReadAt(make([]byte, 3), 0) },
	} {
		begun.Add(1)
		go func() { begun.Done(); call(); returned <- name }()
	}
	begun.Wait()
	for range 100 {
		if _, err := f.List(""); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case name := <-returned:
		t.Errorf("%s returned", name)
	default:
	}
}

// written is a new file with something in it.
func written(t *testing.T, fs vfs.FS, name string) vfs.File {
	t.Helper()
	file, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte("content")); err != nil {
		t.Fatal(err)
	}
	return file
}
