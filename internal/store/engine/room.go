package engine

import (
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	// Writes are refused while less than this is free, in bytes, or less than one part in reservePart of a small
	// disk: memtables that are being written out, and compactions that free space, need room themselves.
	reserveMost = 128 << 20
	reservePart = 16
	// roomEvery is how often the disk is asked, if little is written.
	roomEvery = 250 * time.Millisecond
)

// room watches the free space of the volume's disk. A log that meets a full disk is of no use any more, so writes stop
// before. It begins to take them again by itself.
type room struct {
	fs      vfs.FS
	dir     string
	logf    func(format string, args ...any)
	asked   time.Time
	written int64 // since then
	reserve int64
	full    bool
}

// takes tells that so many bytes may be written.
func (r *room) takes(bytes int64) bool {
	r.written += bytes
	if r.written > r.reserve/4 || time.Since(r.asked) >= roomEvery {
		r.ask()
	}
	return !r.full
}

func (r *room) ask() {
	r.asked, r.written = time.Now(), 0
	u, err := r.fs.GetDiskUsage(r.dir)
	if err != nil { // not every file system can tell
		r.full = false
		return
	}
	r.reserve = int64(min(reserveMost, u.TotalBytes/reservePart))
	full := int64(u.AvailBytes) < r.reserve
	if full != r.full {
		r.full = full
		if full {
			r.logf("volume %s: only %d bytes of its disk are free: writes are refused, and owed, until there are %d; free some or give it a larger disk", r.dir, u.AvailBytes, r.reserve)
		} else {
			r.logf("volume %s: its disk has room again", r.dir)
		}
	}
}
