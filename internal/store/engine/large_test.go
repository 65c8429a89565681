package engine_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/store/storetest"
	"github.com/distributedstorage/ds/internal/wire"
)

// noise is n bytes that no compression makes small.
func noise(n int, seed byte) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

// there tells which of two records a volume holds, whole; anything else fails.
func there(t *testing.T, s *engine.Store, what string, writes []replica.Write) (held []bool) {
	t.Helper()
	for i := range writes {
		w := &writes[i]
		h, value, _, status := s.Read(0, w.Key, nil)
		switch {
		case status == wire.StatusNone:
			held = append(held, false)
		case status == wire.StatusOK && h == w.Head && bytes.Equal(value, w.Value):
			held = append(held, true)
		default:
			t.Fatalf("%s: %q is neither there nor absent: status %d, %d bytes", what, w.Key, status, len(value))
		}
	}
	return held
}

// TestPowerCutInsideALargeBatch: a batch far above the memtable takes another way through the store library. Of one that
// was not synced everything is there after a power cut, or nothing.
func TestPowerCutInsideALargeBatch(t *testing.T) {
	c, fs := newCutter()
	c.arm(false)
	s := open(t, fs)
	batch := []replica.Write{live("a", noise(20*int(small.MemTableSize), 1), 1), live("b", noise(20*int(small.MemTableSize), 2), 1), live("c", []byte("c"), 1)}
	c.arm(true)
	lsn := apply(t, s, batch...)
	if synced, err := s.Sync(); err != nil || synced != lsn {
		t.Fatal(synced, err)
	}
	c.mu.Lock()
	c.synced = lsn
	c.mu.Unlock()
	for i := range uint64(20) { // what was behind it is flushed now
		apply(t, s, live("small", make([]byte, 3000), i+2))
	}
	if _, err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	c.arm(false)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before, after := 0, 0
	for _, cut := range c.cuts {
		s := open(t, cut.fs)
		held := there(t, s, cut.what, batch)
		storetest.Check(t, s)
		switch {
		case held[0] != held[1] || held[0] != held[2]:
			t.Fatalf("%s: %v of the batch are there", cut.what, held)
		case !held[0] && cut.synced >= lsn:
			t.Fatalf("%s: it was synced, and is gone", cut.what)
		case held[0]:
			after++
		default:
			before++
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if before == 0 || after == 0 {
		t.Fatalf("%d cuts before the batch, %d after: too few to prove anything", before, after)
	}
}

// TestPowerCutOfTheLargestValue does it once with the largest value and the memtable that servers have.
func TestPowerCutOfTheLargestValue(t *testing.T) {
	mem := vfs.NewCrashableMem()
	open := func(fs vfs.FS) *engine.Store {
		s, err := engine.Open("volume", engine.Options{FS: fs})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	batch := []replica.Write{live("largest", noise(wire.MaxValue, 3), 1), live("small", []byte("x"), 1)}
	s := open(mem)
	if _, err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	apply(t, s, batch...)
	crashes := []vfs.FS{mem.CrashClone(vfs.CrashCloneCfg{}), mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))})}
	if _, err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	crashes = append(crashes, mem.CrashClone(vfs.CrashCloneCfg{}))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for i, what := range []string{"nothing unsynced is left", "all that was written is left", "after the sync"} {
		s := open(crashes[i])
		held := there(t, s, what, batch)
		if held[0] != held[1] || i == 2 && !held[0] {
			t.Errorf("%s: %v of the batch are there", what, held)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
