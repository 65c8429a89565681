package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/wire"
)

// gate holds syncs of the log back while it is shut.
type gate struct {
	shut    atomic.Bool
	entered chan struct{}
	leave   chan struct{}
}

func (g *gate) String() string { return "gate" }

func (g *gate) MaybeError(op errorfs.Op) error {
	if isSync(op) && g.shut.Load() {
		select {
		case g.entered <- struct{}{}:
		default:
		}
		<-g.leave
	}
	return nil
}

func isSync(op errorfs.Op) bool {
	switch op.Kind {
	case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
		return strings.HasSuffix(op.Path, ".log")
	}
	return false
}

func isWrite(op errorfs.Op) bool {
	return op.Kind == errorfs.OpFileWrite && strings.HasSuffix(op.Path, ".log")
}

var errDisk = errors.New("the disk is broken")

// breakable is a file system whose log breaks on command.
type breakable struct {
	which  func(errorfs.Op) bool
	broken atomic.Bool
}

func (b *breakable) String() string { return "breakable" }

func (b *breakable) MaybeError(op errorfs.Op) error {
	if b.broken.Load() && b.which(op) {
		return errDisk
	}
	return nil
}

// TestDiskErrorIsFinal: after a failed write or fsync of the log nothing is taken any more, and the volume, opened
// again, has what was synced before.
func TestDiskErrorIsFinal(t *testing.T) {
	for name, which := range map[string]func(errorfs.Op) bool{"fsync": isSync, "write": isWrite} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			disk := &breakable{which: which}
			s := open(t, errorfs.Wrap(mem, disk))
			apply(t, s, live("a", []byte("synced"), 1))
			if _, err := s.Sync(); err != nil {
				t.Fatal(err)
			}
			disk.broken.Store(true)
			apply(t, s, live("a", []byte("lost"), 2))
			_, err := s.Sync()
			if err == nil || !strings.Contains(err.Error(), errDisk.Error()) {
				t.Fatalf("Sync: %v", err)
			}
			disk.broken.Store(false) // too late
			if _, err := s.Sync(); err == nil {
				t.Fatal("the second Sync succeeds")
			}
			if _, err := s.Apply([]replica.Write{live("b", nil, 3)}, make([]replica.Outcome, 1)); err == nil {
				t.Fatal("Apply succeeds after a failed Sync")
			}
			if err := s.SetIdentity(s.Identity()); err == nil {
				t.Fatal("SetIdentity succeeds after a failed Sync")
			}
			if _, _, _, status := s.Read(0, []byte("a"), nil); status != wire.StatusFailed {
				t.Fatalf("Read: status %d", status)
			}
			_ = s.Close() // may tell of the log once more
			again := open(t, mem.CrashClone(vfs.CrashCloneCfg{}))
			if _, value, _, status := again.Read(0, []byte("a"), nil); status != wire.StatusOK || string(value) != "synced" {
				t.Fatalf("after reopening: %q, status %d", value, status)
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestFailureIsSeenBeforePebbleSeesIt: the log breaks while nobody waits for it. The next Apply must not
// reach Pebble, which might end the process.
func TestFailureIsSeenBeforePebbleSeesIt(t *testing.T) {
	disk := &breakable{which: isWrite}
	told := make(chan string, 1)
	s, err := engine.Open("volume", engine.Options{
		FS: errorfs.Wrap(vfs.NewMem(), disk),
		Logf: func(format string, args ...any) {
			select {
			case told <- fmt.Sprintf(format, args...):
			default:
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	disk.broken.Store(true)
	// More than the log keeps in memory, less than makes Pebble begin another: it is written though nobody syncs.
	apply(t, s, live("a", make([]byte, 100<<10), 1))
	if line := <-told; !strings.Contains(line, errDisk.Error()) || !strings.Contains(line, "volume") {
		t.Errorf("the operator is told %q", line)
	}
	if _, err := s.Apply([]replica.Write{live("b", nil, 2)}, make([]replica.Outcome, 1)); err == nil || !strings.Contains(err.Error(), errDisk.Error()) {
		t.Errorf("Apply on a broken log: %v", err)
	}
	if _, err := s.Flush(0, live("a", nil, 9).Head.Version); err == nil {
		t.Error("Flush on a broken log")
	}
	_ = s.Close() // may tell of the log once more
}

func TestLocked(t *testing.T) {
	for name, fs := range map[string]vfs.FS{"memory": vfs.NewMem(), "disk": nil} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "volume")
			s, err := engine.Open(dir, engine.Options{FS: fs})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := engine.Open(dir, engine.Options{FS: fs}); !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), dir) {
				t.Errorf("the second Open: %v", err)
			}
			id := s.Identity()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s, err = engine.Open(dir, engine.Options{FS: fs})
			if err != nil {
				t.Fatal(err)
			}
			if s.Identity() != id {
				t.Errorf("identity %+v, want %+v", s.Identity(), id)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestOpenWhereItCannot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not a folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Open(filepath.Join(file, "volume"), engine.Options{}); err == nil || !strings.Contains(err.Error(), "mount") {
		t.Errorf("Open below a file: %v", err)
	}
	mem := vfs.NewMem()
	db, err := pebble.Open("volume", &pebble.Options{FS: mem})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Set([]byte("x"), nil, pebble.Sync), db.Close()); err != nil {
		t.Fatal(err)
	}
	_, err = engine.Open("volume", engine.Options{FS: mem, Logf: t.Logf})
	if err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("Open of another program's data: %v", err)
	}
}

// TestDamagedFile flips a bit in the file that a value ended up in: a read says that it is rotten, and the
// record can be brought back. A damaged head is found when the volume is opened.
func TestDamagedFile(t *testing.T) {
	value := make([]byte, 3000)
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range value {
		value[i] = byte(rng.Uint32())
	}
	mem := vfs.NewMem()
	s := open(t, mem)
	for i := range 20 {
		apply(t, s, live(string(rune('a'+i)), value[i*100:], 1))
	}
	good := live("a", value, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, mem).Close() // turns the log into a file
	if !flip(t, mem, value[:50]) {
		t.Fatal("the value is in no file")
	}
	s = open(t, mem)
	if _, got, _, status := s.Read(0, good.Key, nil); status != wire.StatusRotten || len(got) != 0 || s.Rotten() != 1 {
		t.Fatalf("status %d, %d bytes, %d rotten", status, len(got), s.Rotten())
	}
	out := make([]replica.Outcome, 1)
	if _, err := s.Apply([]replica.Write{good}, out); err != nil || out[0].Code != wire.Applied {
		t.Fatalf("outcome %+v, %v", out[0], err)
	}
	if _, got, _, status := s.Read(0, good.Key, nil); status != wire.StatusOK || !bytes.Equal(got, value) || s.Rotten() != 0 {
		t.Fatalf("after mending: status %d, %d rotten", status, s.Rotten())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedHeads(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem)
	apply(t, s, live("a", []byte("a value beside its head"), 1))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, mem).Close()
	if !flip(t, mem, []byte("a value beside its head")) {
		t.Fatal("the value is in no file")
	}
	o := small
	o.FS = mem
	if _, err := engine.Open("volume", o); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "empty it") {
		t.Fatalf("Open: %v", err)
	}
}

// flip flips a bit where the pattern is found in a sorted file.
func flip(t *testing.T, mem *vfs.MemFS, pattern []byte) bool {
	t.Helper()
	names, err := mem.List("volume")
	if err != nil {
		t.Fatal(err)
	}
	hit := false
	for _, name := range names {
		if !strings.HasSuffix(name, ".sst") {
			continue
		}
		path := mem.PathJoin("volume", name)
		f, err := mem.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(data, pattern)
		if at < 0 {
			continue
		}
		hit = true
		data[at+1] ^= 4
		out, err := mem.Create(path, vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		_, err = out.Write(data)
		if err := errors.Join(err, out.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return hit
}

// fullDisk refuses sorted files, and says when it was asked.
type fullDisk struct{ asked chan time.Time }

func (d *fullDisk) String() string { return "full disk" }

func (d *fullDisk) MaybeError(op errorfs.Op) error {
	if op.Kind == errorfs.OpCreate && strings.HasSuffix(op.Path, ".sst") {
		select {
		case d.asked <- time.Now():
			return errDisk
		default: // there is room by now
		}
	}
	return nil
}

// TestFullDiskIsTriedAtAPace: Pebble tries a failed flush again at once, which would cost a core for as long as the disk is full.
func TestFullDiskIsTriedAtAPace(t *testing.T) {
	disk := &fullDisk{make(chan time.Time, 3)}
	s, err := engine.Open("volume", engine.Options{FS: errorfs.Wrap(vfs.NewMem(), disk), MemTableSize: 256 << 10})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		apply(t, s, live(fmt.Sprint(i), make([]byte, 32<<10), uint64(i+1)))
	}
	first, second, third := <-disk.asked, <-disk.asked, <-disk.asked
	if d := min(second.Sub(first), third.Sub(second)); d < 100*time.Millisecond {
		t.Errorf("the next try came after %v", d)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
