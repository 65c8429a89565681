package journal

import (
	"errors"
	"io"
	"math/rand/v2"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	// probeBytes is the room that an opening needs beside what it writes anew of its logs.
	probeBytes = 1 << 20
	probeBlock = 64 << 10
	logSuffix  = ".log"
)

// probe writes and syncs about as much as an opening will: each opening that fails costs memory, an attempt
// costs nothing.
func (v *volume) probe() error {
	names, err := v.fs.List(v.dir)
	if err != nil {
		return err
	}
	size := int64(probeBytes)
	for _, name := range names {
		if strings.HasSuffix(name, logSuffix) {
			info, err := v.fs.Stat(v.fs.PathJoin(v.dir, name))
			if err != nil {
				return err
			}
			size += info.Size()
		}
	}
	name := v.fs.PathJoin(v.dir, "probe")
	return errors.Join(v.fill(name, size), v.fs.Remove(name), v.syncFolder())
}

// fill makes a file that takes up size bytes, whatever the disk may compress, and syncs it.
func (v *volume) fill(name string, size int64) error {
	f, err := v.fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	noise := rand.NewChaCha8([32]byte{1})
	block := make([]byte, probeBlock)
	for ; size > 0 && err == nil; size -= probeBlock {
		block = block[:min(size, probeBlock)]
		_, _ = io.ReadFull(noise, block) // never fails
		_, err = f.Write(block)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (v *volume) syncFolder() error {
	d, err := v.fs.OpenDir(v.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
