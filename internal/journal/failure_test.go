package journal

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// failingSyncs is a file system whose syncs fail once armed.
func failingSyncs(armed *atomic.Bool) vfs.FS {
	return errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch op.Kind {
		case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
			if armed.Load() {
				return errors.New("the disk is gone")
			}
		}
		return nil
	}))
}

func TestFailedSyncIsFinal(t *testing.T) {
	var armed atomic.Bool
	j := openMem(t, failingSyncs(&armed))
	reports, until := watch(j)
	var s script
	s.set(1, "a", "1")
	s.send(j)
	until(1)

	armed.Store(true)
	s.set(2, "a", "2")
	s.send(j)
	r := <-reports
	wantError(t, r.Err, "the disk is gone", "start the router again")
	<-j.done

	armed.Store(false) // a disk that says it is well again is not believed
	s.set(3, "a", "3")
	s.send(j)
	wantError(t, j.Close(), "the disk is gone")
	select {
	case r := <-reports:
		t.Fatalf("reported %+v after the failure", r)
	default:
	}
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
