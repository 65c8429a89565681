package journal

import (
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// crowded is a disk of 1 MiB with so much free. While it is full, logs can be written only without the ballast.
type crowded struct {
	vfs.FS
	free atomic.Uint64
	full atomic.Bool
}

func newCrowded() *crowded {
	mem := vfs.NewMem()
	d := &crowded{}
	d.FS = errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind != errorfs.OpFileWrite || !d.full.Load() {
			return nil
		}
		if _, err := mem.Stat("j/ballast"); err != nil {
			return nil
		}
		return syscall.ENOSPC
	}))
	d.free.Store(1 << 19)
	return d
}

func (d *crowded) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: d.free.Load(), TotalBytes: 1 << 20}, nil
}

func (d *crowded) ballast() bool {
	info, err := d.Stat("j/ballast")
	return err == nil && info.Size() == 1<<20/ballastPart
}

func TestFullDiskIsOpenedAgainInTheBallastsRoom(t *testing.T) {
	d := newCrowded()
	j := openMem(t, d)
	if j.CheckRoom() || !d.ballast() {
		t.Fatal("no ballast on a disk with room")
	}
	reports, until := watch(j)
	var s script
	s.set(1, "a", "reported")
	s.send(j)
	until(1)
	d.full.Store(true)
	d.free.Store(0)
	s.set(2, "b", "2")
	s.send(j)
	if r := <-reports; !isFull(r.Err) {
		t.Fatalf("reported %+v", r)
	}
	again, err := j.Reopen()
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, again); got != "a=reported" {
		t.Errorf("the rows are %q", got)
	}
	if !again.CheckRoom() || d.ballast() {
		t.Error("not tight on a full disk")
	}
	d.full.Store(false)
	d.free.Store(1 << 19)
	if again.CheckRoom() || !d.ballast() {
		t.Error("no ballast though there is room again")
	}
	d.free.Store(1 << 10)
	if !again.CheckRoom() || !d.ballast() {
		t.Error("not tight on a disk that is about full")
	}
	closeNow(t, again)
}
