package journal

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/wire"
)

// shared is a row whose value goes by reference.
func (s *script) shared(seq uint64, key string, value []byte) {
	s.Journal = append(s.Journal, coord.JournalOp{Key: s.bytes(key), Shared: value})
	s.JournalSeq = seq
}

// A step with the largest value is in the journal with all its rows, or with none, wherever the power is cut; once it is
// reported it is there.
func TestCrashOfALargeStep(t *testing.T) {
	value := make([]byte, wire.MaxValue)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(value)
	mem := vfs.NewCrashableMem()
	var mu sync.Mutex
	var crashes []*vfs.MemFS
	armed := false
	injector := errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if armed && op.Kind != errorfs.OpFileWrite && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && len(crashes) < 6 {
			crashes = append(crashes, mem.CrashClone(percent(0)), mem.CrashClone(percent(100)))
		}
		return nil
	})
	j := openMem(t, errorfs.Wrap(mem, injector))
	_, until := watch(j)
	var s script
	s.set(1, "before", "x")
	s.send(j)
	until(1)
	mu.Lock()
	armed = true
	mu.Unlock()
	s.set(2, "entry", "x")
	s.shared(3, "value", value)
	s.set(4, "last", "x")
	s.send(j)
	until(4)
	mu.Lock()
	armed = false
	reported := len(crashes)
	crashes = append(crashes, mem.CrashClone(percent(0)))
	mu.Unlock()
	closeNow(t, j)
	some, none := 0, 0
	for i, fs := range crashes {
		switch rows := largeRows(t, fs, value); {
		case rows == 4:
			some++
		case rows == 1 && i < reported:
			none++
		default:
			t.Fatalf("crash %d of %d: %d rows are there", i, len(crashes), rows)
		}
	}
	if some < 1 || none < 1 {
		t.Fatalf("%d crashes with the step, %d without: too few to prove anything", some, none)
	}
}

// largeRows counts the rows of a journal, of which the value must be whole.
func largeRows(t *testing.T, fs vfs.FS, value []byte) (n int) {
	t.Helper()
	j := openMem(t, fs)
	defer closeNow(t, j)
	err := j.Load(func(k, v []byte) error {
		if n++; string(k) == "value" && string(v) != string(value) {
			t.Errorf("%d bytes of the value are there, or others", len(v))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
