package engine_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// narrow is a disk of 1 MiB with so much free.
type narrow struct {
	vfs.FS
	free atomic.Uint64
}

func (s *narrow) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: s.free.Load(), TotalBytes: 1 << 20}, nil
}

// TestFullDiskRefusesWrites: a volume whose disk is about full answers reads and refuses writes, and takes them again
// once there is room.
func TestFullDiskRefusesWrites(t *testing.T) {
	disk := &narrow{FS: vfs.NewMem()}
	disk.free.Store(1 << 19)
	s := open(t, disk)
	defer s.Close()
	out := make([]replica.Outcome, 1)
	try := func(version uint64) wire.Outcome {
		if _, err := s.Apply([]replica.Write{live("a", []byte("value"), version)}, out); err != nil {
			t.Fatal(err)
		}
		return out[0].Code
	}
	if code := try(1); code != wire.Applied {
		t.Fatalf("outcome %d with half of the disk free", code)
	}
	disk.free.Store(1 << 10)
	await(t, "the refusal", func() bool { return try(2) == wire.Failed })
	held, lsn := s.Head(0, []byte("a"))
	if try(9); out[0].Code != wire.Failed || out[0].Head != held || s.LSN() < lsn {
		t.Errorf("outcome %+v, want one that failed and holds %+v", out[0], held)
	}
	if _, value, _, status := s.Read(0, []byte("a"), nil); status != wire.StatusOK || string(value) != "value" {
		t.Errorf("read %q, status %d", value, status)
	}
	if _, err := s.Sync(); err != nil {
		t.Error(err)
	}
	disk.free.Store(1 << 19)
	await(t, "the room", func() bool { return try(10) == wire.Applied || try(10) == wire.Equal })
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s did not come about", what)
		}
	}
}
