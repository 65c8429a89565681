package journal

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"go.uber.org/goleak"
)

var errGone = errors.New("the disk is gone")

// failing is a file system in which calls fail that match, once armed.
func failing(fs vfs.FS, armed *atomic.Bool, match func(errorfs.Op) bool) vfs.FS {
	return errorfs.Wrap(fs, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if armed.Load() && match(op) {
			return errGone
		}
		return nil
	}))
}

func isSync(op errorfs.Op) bool {
	switch op.Kind {
	case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
		return true
	}
	return false
}

func isLogSync(op errorfs.Op) bool { return isSync(op) && strings.HasSuffix(op.Path, logSuffix) }

func failingSyncs(armed *atomic.Bool) vfs.FS { return failing(vfs.NewMem(), armed, isSync) }

func TestFailedSyncIsFinal(t *testing.T) {
	var armed atomic.Bool
	fs := failingSyncs(&armed)
	j := openMem(t, fs)
	reports, until := watch(j)
	var s script
	s.set(1, "a", "1")
	s.send(j)
	until(1)

	armed.Store(true)
	s.set(2, "a", "2")
	s.send(j)
	r := <-reports
	wantError(t, r.Err, "the disk is gone", "opened again")

	armed.Store(false) // a disk that says it is well again is not believed
	s.set(3, "a", "3")
	s.send(j)
	wantError(t, j.Close(), "the disk is gone")
	select {
	case r := <-reports:
		t.Fatalf("reported %+v after the failure", r)
	default:
	}
	closeNow(t, openMem(t, fs)) // the volume was given back
}

func TestFailedEpochIsAnError(t *testing.T) {
	var armed atomic.Bool
	j := openMem(t, failingSyncs(&armed))
	armed.Store(true)
	_, err := j.NextEpoch()
	wantError(t, err, "raising the epoch", "the disk is gone")
	if j.Identity().Epoch != 0 {
		t.Fatal("the epoch counts though it is not durable")
	}
}

// failedJournal is one whose log could not be synced with two rows in it, the first of which was reported.
func failedJournal(t *testing.T, fs vfs.FS, armed *atomic.Bool) *Journal {
	t.Helper()
	j := openMem(t, fs)
	reports, until := watch(j)
	var s script
	s.set(1, "a", "reported")
	s.send(j)
	until(1)
	armed.Store(true)
	s.set(2, "b", "unsynced")
	s.send(j)
	if r := <-reports; r.Err == nil {
		t.Fatalf("reported %+v", r)
	}
	return j
}

// What the reopened journal shows is on the disk, though the failed sync left part of it in the system's memory only.
func TestReopenedIsOnTheDisk(t *testing.T) {
	mem := vfs.NewCrashableMem()
	var armed atomic.Bool
	j := failedJournal(t, failing(mem, &armed, isSync), &armed)
	armed.Store(false)
	if got := rowsAfterPowerLoss(t, mem); got != "a=reported" {
		t.Fatalf("before reopening, a power loss leaves %q: the test proves nothing", got)
	}
	again, err := j.Reopen()
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, again); got != "a=reported b=unsynced" {
		t.Fatalf("reopened, the rows are %q", got)
	}
	if got := rowsAfterPowerLoss(t, mem); got != "a=reported b=unsynced" {
		t.Fatalf("after a power loss the rows are %q", got)
	}
	if again.Identity() != j.Identity() {
		t.Errorf("identity %+v, was %+v", again.Identity(), j.Identity())
	}
	_, until := watch(again)
	var s script
	s.set(1, "c", "new")
	s.send(again)
	until(1)
	closeNow(t, again)
}

func rowsAfterPowerLoss(t *testing.T, mem *vfs.MemFS) string {
	t.Helper()
	j := openMem(t, mem.CrashClone(percent(0)))
	defer closeNow(t, j)
	return contents(t, j)
}

// A disk that stays broken is tried again and again, at no cost.
func TestReopenWaitsForTheDisk(t *testing.T) {
	var armed atomic.Bool
	j := failedJournal(t, failingSyncs(&armed), &armed)
	for range 4 * maxAbandoned {
		_, err := j.Reopen()
		wantError(t, err, "its disk was tried", "the disk is gone")
	}
	armed.Store(false)
	again, err := j.Reopen()
	if err != nil {
		t.Fatal(err)
	}
	closeNow(t, again)
}

// A disk that seems well until the journal uses it ends in ErrSpent: each failed opening keeps its memory.
func TestReopeningsAreBounded(t *testing.T) {
	var armed atomic.Bool
	j := failedJournal(t, failing(vfs.NewMem(), &armed, isLogSync), &armed)
	armed.Store(false)
	for n := 1; ; n++ {
		again, err := j.Reopen()
		if errors.Is(err, ErrSpent) {
			if n != maxAbandoned+1 {
				t.Errorf("spent at attempt %d", n)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		armed.Store(true)
		if _, err := again.NextEpoch(); err == nil {
			t.Fatal("the epoch was raised on a broken disk")
		}
		<-again.fence.idle() // another call may have been under way
		armed.Store(false)
		j = again
	}
}

// Nothing is opened while a call of the failed journal may still reach the disk.
func TestReopenWaitsForHangingCalls(t *testing.T) {
	var armed atomic.Bool
	j := failedJournal(t, failingSyncs(&armed), &armed)
	armed.Store(false)
	j.fence.mu.idle = make(chan struct{}) // as if one were under way
	_, err := j.Reopen()
	wantError(t, err, ErrHangs.Error())
	close(j.fence.mu.idle)
	again, err := j.Reopen()
	if err != nil {
		t.Fatal(err)
	}
	closeNow(t, again)
}

// A journal that was dismantled leaves nothing behind.
func TestDismantled(t *testing.T) {
	others := goleak.IgnoreCurrent()
	var armed atomic.Bool
	j := failedJournal(t, failingSyncs(&armed), &armed)
	armed.Store(false)
	<-j.fence.idle()
	again, err := j.Reopen()
	if err != nil {
		t.Fatal(err)
	}
	j.Dismantle()
	if got := contents(t, again); got != "a=reported b=unsynced" {
		t.Errorf("the rows are %q", got)
	}
	closeNow(t, again)
	goleak.VerifyNone(t, others)
}
