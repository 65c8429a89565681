package crashfs

import "github.com/cockroachdb/pebble/v2/vfs"

// TwoStepReuse reuses files in two steps: MemFS's own call takes its lock against clones twice, and
// waits for ever if a clone is made in between.
type TwoStepReuse struct{ *vfs.MemFS }

// ReuseForWrite is that of vfs.FS.
func (t TwoStepReuse) ReuseForWrite(old, to string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := t.Rename(old, to); err != nil {
		return nil, err
	}
	return t.OpenReadWrite(to, category)
}
