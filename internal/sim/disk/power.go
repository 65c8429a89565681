package disk

import (
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/distributedstorage/ds/internal/sim/crashfs"
)

// power is the file system of one opening of a volume: it fails as its faults say, and the power goes at one of the operations
// that make something durable or visible. What Pebble does afterwards nobody will see.
type power struct {
	*errorfs.FS
	mem *vfs.MemFS

	mu     sync.Mutex
	faults Faults
	dark   *vfs.MemFS      // what the loss of power left
	opened map[string]bool // logs, if they are followed
}

func newPower(mem *vfs.MemFS, faults Faults) *power {
	p := &power{mem: mem, faults: faults}
	p.FS = errorfs.Wrap(crashfs.TwoStepReuse{MemFS: mem}, p)
	return p
}

// set changes the faults, take tells what is left of them.
func (p *power) set(f Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = f
}

// setReads changes whether tables can be read.
func (p *power) setReads(fail bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.ReadFails = fail
}

func (p *power) left() (powerAt int, dark *vfs.MemFS) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults.PowerAt, p.dark
}

func (p *power) String() string { return "power" }

// MaybeError is that of errorfs.Injector.
func (p *power) MaybeError(op errorfs.Op) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	sync := false
	switch op.Kind {
	case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
		sync = true
	case errorfs.OpOpen:
		if p.opened != nil && crashfs.IsLog(op.Path) {
			p.opened[op.Path] = true
		}
		return nil
	case errorfs.OpFileReadAt:
		if p.faults.ReadFails && isTable(op.Path) {
			return errRead
		}
		return nil
	case errorfs.OpRename, errorfs.OpCreate, errorfs.OpReuseForWrite:
	case errorfs.OpFileWrite:
		if p.faults.Full && crashfs.IsLog(op.Path) {
			return errFull
		}
		return nil
	default:
		return nil
	}
	if p.faults.PowerAt == 1 {
		p.dark = crashfs.Synced(p.mem)
	}
	p.faults.PowerAt = max(0, p.faults.PowerAt-1)
	if sync && p.faults.SyncFails && p.dark == nil && crashfs.IsLog(op.Path) {
		return errSync
	}
	return nil
}

// GetDiskUsage makes the engine ask at every write, since its reserve of so small a disk is a byte.
func (p *power) GetDiskUsage(string) (vfs.DiskUsage, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := vfs.DiskUsage{TotalBytes: 16, AvailBytes: 16}
	if p.faults.Tight {
		u.AvailBytes = 0
	}
	return u, nil
}
