package engine_test

import (
	"bytes"
	"fmt"
	"sort"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/allocs"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/store/storetest"
	"github.com/distributedstorage/ds/internal/wire"
)

// go test -fuzz FuzzDamagedVolume -fuzztime 60s ./internal/store/engine

const fuzzKeys = 40

// openCost is what opening a small volume may allocate, in bytes, whatever lengths its files tell.
const openCost = 64 << 20

func fuzzValue(i int) []byte { return bytes.Repeat([]byte{byte(i + 1)}, 10+i*97) }

// fuzzVolume is a volume with sorted files and a log.
func fuzzVolume(f *testing.F) *vfs.MemFS {
	fs := vfs.NewMem()
	for half := range 2 { // what the log of the first opening holds is in a sorted file after the second
		s, err := engine.Open("volume", engine.Options{FS: fs})
		if err != nil {
			f.Fatal(err)
		}
		for i := half * fuzzKeys / 2; i < (half+1)*fuzzKeys/2; i++ {
			apply(f, s, live(fmt.Sprint(i), fuzzValue(i), uint64(i+1)))
		}
		if _, err := s.Sync(); err != nil {
			f.Fatal(err)
		}
		if err := s.Close(); err != nil {
			f.Fatal(err)
		}
	}
	return fs
}

// FuzzDamagedVolume opens a volume of which one file was damaged: that fails with an error, or every record that is
// there reads as it was written or is told to be rotten. Nothing panics.
func FuzzDamagedVolume(f *testing.F) {
	base := fuzzVolume(f)
	files, err := base.List("volume")
	if err != nil {
		f.Fatal(err)
	}
	sort.Strings(files)
	for file := range files {
		f.Add(uint8(file), uint16(9000), []byte{})   // removed
		f.Add(uint8(file), uint16(0), []byte("abc")) // written over
		f.Add(uint8(file), uint16(30), []byte{})     // cut off
		f.Add(uint8(file), uint16(200), []byte{0xff})
	}
	f.Fuzz(func(t *testing.T, file uint8, at uint16, with []byte) {
		fs := vfs.NewMem()
		if _, err := vfs.Clone(base, fs, "volume", "volume"); err != nil {
			t.Fatal(err)
		}
		if err := storetest.Damage(fs, "volume/"+files[int(file)%len(files)], int(at), with); err != nil {
			t.Fatal(err)
		}
		var s *engine.Store
		var err error
		if cost := allocs.Of(func() { s, err = engine.Open("volume", engine.Options{FS: fs}) }); cost > openCost {
			t.Fatalf("opening cost %d bytes", cost)
		}
		if err != nil {
			if !bytes.Contains([]byte(err.Error()), []byte("volume ")) {
				t.Fatalf("the error names no volume: %v", err)
			}
			return
		}
		defer s.Close()
		for i := range fuzzKeys {
			head, value, _, status := s.Read(0, []byte(fmt.Sprint(i)), nil)
			if status == wire.StatusOK && !bytes.Equal(value, fuzzValue(i)) {
				t.Fatalf("key %d, version %v, reads as what nobody wrote", i, head.Version)
			}
		}
	})
}
