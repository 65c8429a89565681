package engine_test

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/store/storetest"
)

// volume is a folder on a file system in memory.
type volume struct {
	fs *vfs.MemFS
}

func (v *volume) Open(t testing.TB) replica.Store {
	t.Helper()
	o := small
	o.FS = v.fs
	s, err := engine.Open("volume", o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Crash: with anything between 0 and 100 % MemFS draws in the order of a map, and a seed would not
// give the same crash twice.
func (v *volume) Crash(t testing.TB, unsynced bool) storetest.CrashVolume {
	t.Helper()
	cfg := vfs.CrashCloneCfg{}
	if unsynced {
		cfg = vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))}
	}
	return &volume{fs: v.fs.CrashClone(cfg)}
}

// small are options that make files flush and compact in a test of any size.
var small = engine.Options{MemTableSize: 64 << 10, CacheSize: 1 << 20}

func fresh(testing.TB) storetest.Volume { return &volume{fs: vfs.NewCrashableMem()} }

func TestConformance(t *testing.T) { storetest.Run(t, fresh) }

func TestCrashes(t *testing.T) {
	storetest.RunCrashes(t, func(t testing.TB) storetest.CrashVolume { return fresh(t).(storetest.CrashVolume) })
}

// twin is a volume of the model.
type twin struct{ *model.Volume }

func (v twin) Open(t testing.TB) replica.Store {
	t.Helper()
	s, err := v.Volume.Open()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTwins(t *testing.T) {
	storetest.RunTwins(t, fresh, func(testing.TB) storetest.Volume {
		return twin{model.NewVolume([16]byte{1})}
	})
}
