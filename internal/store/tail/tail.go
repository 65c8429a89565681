package tail

import (
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	// TurnBytes is the length from which a file is followed by a new one at the next sync, so
	// that it can be removed once that is over.
	TurnBytes = 1 << 20
	// keepBuffer is the largest buffer that is kept for reuse, in bytes.
	keepBuffer = 1 << 20
)

// Tail appends batches to files in a folder. One goroutine stages and writes; another one turns and trims.
//
// Invariant: what was written and is not in a file that is left was synced by the log.
type Tail struct {
	fs  vfs.FS
	dir string
	buf []byte // staged

	mu struct {
		sync.Mutex
		file   vfs.File
		number uint64 // of the file
		size   int64  // of the file, in bytes
		first  uint64 // number of the oldest file that is left
		turned bool   // the files before this one wait for a sync
	}
}

// Open makes dir if need be and begins a file in it. What it held before was replayed, and is removed.
func Open(fs vfs.FS, dir string) (*Tail, error) {
	if err := fs.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("making the folder of tails: %w", err)
	}
	if err := Clear(fs, dir); err != nil {
		return nil, err
	}
	t := &Tail{fs: fs, dir: dir}
	t.mu.first = 1
	return t, t.begin(1)
}

func (t *Tail) begin(number uint64) error {
	f, err := t.fs.Create(path(t.fs, t.dir, number), vfs.WriteCategoryUnspecified)
	if err != nil {
		return fmt.Errorf("creating a tail: %w", err)
	}
	t.mu.file, t.mu.number, t.mu.size = f, number, 0
	return nil
}

// Stage encodes a batch that takes the volume from one apply sequence to another, before the log takes it over.
func (t *Tail) Stage(previous, sequence uint64, batch []byte) {
	r := record{previous, sequence, batch}
	t.buf = r.append(t.buf[:0])
}

// Write hands what was staged to the operating system, once the log has it.
func (t *Tail) Write() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, err := t.mu.file.Write(t.buf)
	t.mu.size += int64(n)
	if cap(t.buf) > keepBuffer {
		t.buf = nil
	}
	if err != nil {
		return fmt.Errorf("writing the tail: %w", err)
	}
	return nil
}

// Turn is called before a sync of the log: everything written before it will be covered by that sync.
func (t *Tail) Turn() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.size < TurnBytes {
		return nil
	}
	if err := t.mu.file.Close(); err != nil {
		return fmt.Errorf("closing a tail: %w", err)
	}
	t.mu.turned = true
	return t.begin(t.mu.number + 1)
}

// Trim is called after the sync and removes the files that it made useless.
func (t *Tail) Trim() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.mu.turned {
		return nil
	}
	for ; t.mu.first < t.mu.number; t.mu.first++ {
		if err := t.fs.Remove(path(t.fs, t.dir, t.mu.first)); err != nil {
			return fmt.Errorf("removing a tail: %w", err)
		}
	}
	t.mu.turned = false
	return nil
}

// Size is the length of the file that is written now, in bytes.
func (t *Tail) Size() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.size
}

// Close ends it; the files stay.
func (t *Tail) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.mu.file.Close(); err != nil {
		return fmt.Errorf("closing a tail: %w", err)
	}
	return nil
}
