package blocksum

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// minBytes is the shortest read that is checked. When a checksum is wrong, Pebble tries whether one flipped bit explains it, for each
// bit of the first 40 KiB: at this length, 0.15 s. A record has a block of its own if it is long. Of a sorted file nothing is
// read at a place but blocks, and a footer of less than 100 bytes.
const minBytes = 16 << 10

// fileSystem checks the blocks that are read from sorted files.
type fileSystem struct{ vfs.FS }

// FS is fs, but for reads of damaged blocks: their error is marked as pebble.ErrCorruption.
func FS(fs vfs.FS) vfs.FS { return fileSystem{fs} }

// Open is that of vfs.FS.
func (f fileSystem) Open(name string, o ...vfs.OpenOption) (vfs.File, error) {
	opened, err := f.FS.Open(name, o...)
	if err != nil || !strings.HasSuffix(name, ".sst") {
		return opened, err
	}
	return &file{File: opened, name: name}, nil
}

// Unwrap is that of vfs.FS.
func (f fileSystem) Unwrap() vfs.FS { return f.FS }

// file is a sorted file.
type file struct {
	vfs.File
	name string
}

// ReadAt is that of vfs.File.
func (f *file) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	if err == nil && n >= minBytes && !whole(b[:n]) {
		return 0, fmt.Errorf("%w: the checksum of the %d bytes at %d of %s is wrong", pebble.ErrCorruption, n, at, f.name)
	}
	return n, err
}

// whole tells that a block is as it was written: its bytes, what compressed them, and the checksum of both.
func whole(b []byte) bool {
	end := len(b) - block.TrailerLen
	sum := block.Checksummer{Type: block.ChecksumTypeCRC32c} // Pebble's default
	return sum.Checksum(b[:end], b[end]) == binary.LittleEndian.Uint32(b[end+1:])
}
