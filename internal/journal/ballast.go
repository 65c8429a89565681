package journal

import (
	"errors"
	"sync"
	"syscall"
)

const (
	// The ballast takes so many bytes, or one part in ballastPart of a small disk.
	ballastMost = 16 << 20
	ballastPart = 32
	// ballastRoom is how many times its size must be free before the ballast is made.
	ballastRoom = 3
)

// ballast is a file that takes up room. When the disk is full it is removed, so that the journal can be opened again
// and made smaller; it is made again once there is room.
type ballast struct {
	sync.Mutex
	v     *volume
	size  int64 // 0 = the file system can't tell its size: there is no ballast
	tight bool
}

func (b *ballast) name() string { return b.v.fs.PathJoin(b.v.dir, "ballast") }

// measure finds out how much of this disk is to be taken.
func (b *ballast) measure() {
	if u, err := b.v.fs.GetDiskUsage(b.v.dir); err == nil {
		b.size = int64(min(ballastMost, u.TotalBytes/ballastPart))
	}
}

// restore makes the ballast if it is missing and there is room. The journal is tight without it, or with less room
// than it takes.
func (b *ballast) restore() (tight bool) {
	b.Lock()
	defer b.Unlock()
	if b.size == 0 {
		return false
	}
	u, err := b.v.fs.GetDiskUsage(b.v.dir)
	if err != nil {
		return b.tight
	}
	free := int64(u.AvailBytes)
	info, err := b.v.fs.Stat(b.name())
	there := err == nil && info.Size() == b.size
	if !there && free >= ballastRoom*b.size {
		there = b.v.fill(b.name(), b.size) == nil
		if !there {
			_ = b.v.fs.Remove(b.name()) // half a ballast is made whole the next time
		}
	}
	b.tight = !there || free < b.size
	return b.tight
}

// drop makes room.
func (b *ballast) drop() error {
	b.Lock()
	defer b.Unlock()
	if _, err := b.v.fs.Stat(b.name()); err != nil {
		return nil // it is gone
	}
	return errors.Join(b.v.fs.Remove(b.name()), b.v.syncFolder())
}

// CheckRoom tells that the disk is about full. It keeps the ballast, and is to be called every now and then.
func (j *Journal) CheckRoom() (tight bool) { return j.ballast.restore() }

// Tight is what CheckRoom told last.
func (j *Journal) Tight() bool {
	j.ballast.Lock()
	defer j.ballast.Unlock()
	return j.ballast.tight
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
