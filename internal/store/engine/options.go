package engine

import (
	"crypto/rand"
	"io"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/blocksum"
)

// Options of a volume; the zero value is good.
type Options struct {
	// FS is the file system; nil is the operating system's, watched for slow operations.
	FS vfs.FS
	// CacheSize is about the size of the cache of blocks read, in bytes. Default 32 MiB; smaller
	// means more reads from the disk, nothing else.
	CacheSize int64
	// BlockSize is about how many bytes of rows are read, checked and damaged together. Default 4 KiB.
	BlockSize int
	// MemTableSize is how much is written, in bytes, before it becomes a sorted file. Default
	// 16 MiB. Up to four are in memory while the disk can't keep up; then Apply waits.
	MemTableSize uint64
	// Logf takes what an operator should know: errors in the background, slow disks. It is called
	// by several goroutines. Default: nowhere.
	Logf func(format string, args ...any)
	// Manual leaves files as they are until Compact is called, so that what is on the disk follows from the calls alone. Without
	// Compact writes stall for ever after about twenty openings. Default: Pebble sees to it in the background.
	Manual bool
	// Random makes the store id of an empty volume. Default crypto/rand.
	Random io.Reader
}

// maxOpenFiles bounds the file descriptors of the volume: well below the 1024 that
// a container may have, the rest being for connections.
const maxOpenFiles = 400

func (o Options) withDefaults() Options {
	if o.CacheSize == 0 {
		o.CacheSize = 32 << 20
	}
	if o.MemTableSize == 0 {
		o.MemTableSize = 16 << 20
	}
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	return o
}

// fs is the file system below Pebble, and for what happens before it opens.
func (o Options) fs() vfs.FS {
	if o.FS == nil {
		return blocksum.FS(vfs.Default)
	}
	return blocksum.FS(o.FS)
}

// pebble is how Pebble is set for records of about 1 KiB in a container of a few hundred MiB.
// There are no filters: a key that is absent is known from the directory.
func (o Options) pebble(lock *pebble.Lock, failed func(error), damaged func(pebble.DataCorruptionInfo)) *pebble.Options {
	w := &watch{FS: o.fs(), failed: failed, manual: o.Manual}
	p := &pebble.Options{
		FS:   w,
		Lock: lock,
		// Pinned: a newer Pebble must not rewrite the volume by itself. It has WAL sync chunks, which
		// tell a log that was cut short by a crash from one that was damaged in the middle.
		FormatMajorVersion: pebble.FormatTableFormatV6,
		// Pebble takes the memtables' room out of the cache: usually one that fills and one that is
		// written out. While there are more, the cache shrinks, and the sum stays bounded.
		CacheSize:                   o.CacheSize + 2*int64(o.MemTableSize),
		MemTableSize:                o.MemTableSize,
		MemTableStopWritesThreshold: 4,
		MaxOpenFiles:                maxOpenFiles,
		BytesPerSync:                512 << 10,
		DisableAutomaticCompactions: o.Manual,
		DisableTableStats:           o.Manual, // gathered in the background, for compactions
		CompactionConcurrencyRange:  func() (lower, upper int) { return 1, 2 },
		Logger:                      logger{o.Logf},
		EventListener:               listener(o.Logf, w.stumble, damaged),
	}
	if o.FS == nil {
		p.WithFSDefaults() // reports slow operations
	}
	for i := range p.Levels {
		p.Levels[i].BlockSize = o.BlockSize
	}
	p.EnsureDefaults()
	return p
}
