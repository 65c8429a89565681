package engine_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/kv"
)

// TestNoRowIsLeftBehind: what can't be seen through the port does not pile up on the disk.
func TestNoRowIsLeftBehind(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem)
	large, small := make([]byte, 1000), make([]byte, 10)
	apply(t, s, live("shrinks", large, 1), live("removed", large, 1), live("stays", large, 100))
	apply(t, s, live("shrinks", small, 102))
	if _, err := s.Remove(0, []byte("removed")); err != nil {
		t.Fatal(err)
	}
	for i, flushed := uint64(0), 0; flushed < 100; i++ {
		// Many in one partition, where a range is deleted, few in the others.
		key := fmt.Sprint("flushed ", i)
		if i < 50 || kv.HashKey(0, []byte(key)).Partition() == 5 {
			apply(t, s, live(key, large, 2+i%50))
			flushed++
		}
	}
	if _, err := s.Flush(0, kv.Version{Time: 99}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	heads, values := rows(t, mem)
	if !slices.Equal(heads, []string{"shrinks", "stays"}) || !slices.Equal(values, []string{"stays"}) {
		t.Errorf("heads of %q and values of %q are left", heads, values)
	}
}

// rows lists the keys that have a head row, and those that have a value row.
func rows(t *testing.T, fs vfs.FS) (heads, values []string) {
	t.Helper()
	db, err := pebble.Open("volume", &pebble.Options{FS: fs, FormatMajorVersion: pebble.FormatTableFormatV6})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for prefix, list := range map[string]*[]string{"h": &heads, "v": &values} {
		it, err := db.NewIter(nil)
		if err != nil {
			t.Fatal(err)
		}
		for it.SeekGE([]byte(prefix)); it.Valid() && bytes.HasPrefix(it.Key(), []byte(prefix)); it.Next() {
			*list = append(*list, string(it.Key()[13:]))
		}
		if err := it.Close(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(*list)
	}
	return heads, values
}
