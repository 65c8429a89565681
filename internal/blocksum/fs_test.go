package blocksum_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/blocksum"
)

// stored makes a file with one block.
func stored(t *testing.T, mem *vfs.MemFS, name string, b []byte) {
	t.Helper()
	f, err := mem.Create(name, vfs.WriteCategoryUnspecified)
	if err == nil {
		_, err = f.Write(bytes.Clone(b)) // which the race detector's build spoils, lest anybody use it again
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

func blockOf(size int) []byte {
	b := bytes.Repeat([]byte("value"), size/5+1)[:size]
	sum := block.Checksummer{Type: block.ChecksumTypeCRC32c}
	trailer := block.MakeTrailer(1, sum.Checksum(b, 1))
	return append(b, trailer[:]...)
}

func TestReadAt(t *testing.T) {
	flipped := func(size, at int) []byte {
		b := blockOf(size)
		b[at] ^= 4
		return b
	}
	const large = 100 << 10
	for _, c := range []struct {
		what, name string
		bytes      []byte
		damaged    bool
	}{
		{"a whole block", "1.sst", blockOf(large), false},
		{"a flipped bit at its beginning", "1.sst", flipped(large, 0), true},
		{"a flipped bit at its end", "1.sst", flipped(large, large-1), true},
		{"a flipped bit in what compressed it", "1.sst", flipped(large, large), true},
		{"a flipped bit in its checksum", "1.sst", flipped(large, large+4), true},
		{"a small one is left to Pebble", "1.sst", flipped(4<<10, 7), false},
		{"another file has no blocks", "1.log", flipped(large, 7), false},
	} {
		t.Run(c.what, func(t *testing.T) {
			mem := vfs.NewMem()
			stored(t, mem, c.name, c.bytes)
			f, err := blocksum.FS(mem).Open(c.name)
			if err != nil {
				t.Fatal(err)
			}
			got := make([]byte, len(c.bytes))
			_, err = f.ReadAt(got, 0)
			if c.damaged != errors.Is(err, pebble.ErrCorruption) || !c.damaged && (err != nil || !bytes.Equal(got, c.bytes)) {
				t.Errorf("read with %v", err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
