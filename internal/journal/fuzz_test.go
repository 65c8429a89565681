package journal

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/allocs"
	"github.com/distributedstorage/ds/internal/store/storetest"
	"github.com/distributedstorage/ds/internal/wire"
)

// go test -fuzz FuzzDamagedJournal -fuzztime 60s ./internal/journal

const fuzzRows = 30

// openCost is what opening a small journal may allocate, in bytes, whatever lengths its files tell.
const openCost = 64 << 20

// fuzzRow is small, but for one that is longer than a block.
func fuzzRow(i int) (key, value []byte) {
	if i == 0 {
		return []byte{corePrefix, 'l'}, bytes.Repeat([]byte("large"), wire.LargeValue/4)
	}
	return fmt.Appendf([]byte{corePrefix}, "row-%d", i), bytes.Repeat([]byte{byte(i + 1)}, 20+i*61)
}

// fuzzJournal is a volume with sorted files and a log.
func fuzzJournal(f *testing.F) *vfs.MemFS {
	fs := vfs.NewMem()
	for half := range 2 {
		j, err := Open("j", Options{Geometry: testGeometry, FS: fs})
		if err == nil {
			_, err = j.NextEpoch()
		}
		for i := half * fuzzRows / 2; i < (half+1)*fuzzRows/2 && err == nil; i++ {
			key, value := fuzzRow(i)
			err = j.db.Set(key, value, pebble.Sync)
		}
		if err == nil {
			err = j.Close()
		}
		if err != nil {
			f.Fatal(err)
		}
	}
	return fs
}

// FuzzDamagedJournal opens a journal of which one file was damaged: that fails with an error that names it, or every row
// that is there is as it was written. Nothing panics.
func FuzzDamagedJournal(f *testing.F) {
	base := fuzzJournal(f)
	files, err := base.List("j")
	if err != nil {
		f.Fatal(err)
	}
	sort.Strings(files)
	for file := range files {
		f.Add(uint8(file), uint16(60000), []byte{})  // removed
		f.Add(uint8(file), uint16(0), []byte("abc")) // written over
		f.Add(uint8(file), uint16(30), []byte{})     // cut off
		f.Add(uint8(file), uint16(200), []byte{0xff})
	}
	want := map[string][]byte{}
	for i := range fuzzRows {
		key, value := fuzzRow(i)
		want[string(key[1:])] = value
	}
	f.Fuzz(func(t *testing.T, file uint8, at uint16, with []byte) {
		fs := vfs.NewMem()
		if _, err := vfs.Clone(base, fs, "j", "j"); err != nil {
			t.Fatal(err)
		}
		if err := storetest.Damage(fs, "j/"+files[int(file)%len(files)], int(at), with); err != nil {
			t.Fatal(err)
		}
		var j *Journal
		var err error
		if cost := allocs.Of(func() { j, err = Open("j", Options{Geometry: testGeometry, FS: fs}) }); cost > openCost {
			t.Fatalf("opening cost %d bytes", cost)
		}
		if err == nil {
			err = j.Load(func(key, value []byte) error {
				if !bytes.Equal(want[string(key)], value) {
					t.Fatalf("row %q is what nobody wrote", key)
				}
				return nil
			})
			_ = j.Close() // a damaged one may fail here too
		}
		if err != nil && !strings.Contains(err.Error(), "journal j") {
			t.Fatalf("the error does not name the journal: %v", err)
		}
	})
}
