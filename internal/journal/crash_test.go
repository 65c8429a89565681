package journal

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// crashRun drives a journal step by step and keeps what its rows must be after each operation.
type crashRun struct {
	script
	after  []string // after[seq] = contents once operation seq is done
	rows   map[string]string
	random *rand.Rand
}

func newCrashRun() *crashRun {
	return &crashRun{after: []string{""}, rows: map[string]string{}, random: rand.New(rand.NewPCG(1, 2))}
}

// step adds one to four operations and enqueues them; it returns the last sequence.
func (c *crashRun) step(j *Journal) uint64 {
	for range 1 + c.random.IntN(4) {
		seq := uint64(len(c.after))
		key := fmt.Sprintf("k%d", c.random.IntN(8))
		switch c.random.IntN(6) {
		case 0:
			c.del(seq, key)
			delete(c.rows, key)
		case 1:
			c.delRange(seq, "k2", "k5")
			for _, k := range []string{"k2", "k3", "k4"} {
				delete(c.rows, k)
			}
		default:
			value := fmt.Sprint(seq) + strings.Repeat("x", c.random.IntN(2000))
			c.set(seq, key, value)
			c.rows[key] = value
		}
		c.after = append(c.after, dump(c.rows))
	}
	c.send(j)
	return uint64(len(c.after) - 1)
}

func dump(rows map[string]string) string {
	var list []string
	for i := range 8 {
		if v, ok := rows[fmt.Sprintf("k%d", i)]; ok {
			list = append(list, fmt.Sprintf("k%d=%s", i, v))
		}
	}
	return strings.Join(list, " ")
}

// found opens a file system as a crash left it and tells after which operation the rows are. Several
// operations may leave the same rows: it gives the last that is at most upTo.
func (c *crashRun) found(t *testing.T, fs vfs.FS, upTo uint64) (seq uint64, ok bool) {
	t.Helper()
	j := openMem(t, fs)
	defer closeNow(t, j)
	rows := contents(t, j)
	for s := int(upTo); s >= 0; s-- {
		if c.after[s] == rows {
			return uint64(s), true
		}
	}
	return 0, false
}

func percent(n int) vfs.CrashCloneCfg {
	return vfs.CrashCloneCfg{UnsyncedDataPercent: n, RNG: rand.New(rand.NewPCG(3, 4))}
}

// lost runs the journal, crashes it after every commit, and counts the crashes after which
// something that had been reported was missing.
func lost(t *testing.T, durability *pebble.WriteOptions) int {
	fs := vfs.NewCrashableMem()
	j := openMem(t, fs)
	j.sync = durability
	_, until := watch(j)
	run := newCrashRun()
	count := 0
	for range 60 {
		seq := run.step(j)
		until(seq)
		for _, unsynced := range []int{0, 100} {
			got, ok := run.found(t, fs.CrashClone(percent(unsynced)), seq)
			if !ok || got < seq {
				count++
			}
		}
	}
	closeNow(t, j)
	return count
}

func TestReportedIsThereAfterACrash(t *testing.T) {
	if n := lost(t, pebble.Sync); n > 0 {
		t.Fatalf("after %d crashes something that was reported was missing", n)
	}
}

// The test above must be able to fail.
func TestCrashesCatchAMissingSync(t *testing.T) {
	if n := lost(t, pebble.NoSync); n == 0 {
		t.Fatal("a journal that never syncs lost nothing in any crash: the test proves nothing")
	}
}

// At every operation on the file system, the disk holds a prefix of the operations that
// contains all that was reported by then.
func TestCrashAnywhereLeavesAPrefix(t *testing.T) {
	mem := vfs.NewCrashableMem()
	type crash struct {
		fs       *vfs.MemFS
		reported uint64
	}
	var reported atomic.Uint64
	var mu sync.Mutex
	var crashes []crash
	var armed atomic.Bool
	injector := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if armed.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			mu.Lock()
			defer mu.Unlock()
			for _, unsynced := range []int{0, 100} {
				crashes = append(crashes, crash{mem.CrashClone(percent(unsynced)), reported.Load()})
			}
		}
		return nil
	})
	j := openMem(t, errorfs.Wrap(mem, injector))
	reports := make(chan uint64, 1024)
	j.Start(func(r *Report) { reported.Store(r.Synced); reports <- r.Synced })
	armed.Store(true)
	run := newCrashRun()
	var seq uint64
	for i := range 40 {
		seq = run.step(j)
		if i%3 == 0 { // else several steps go into one commit
			for <-reports < seq {
			}
		}
	}
	for reported.Load() < seq {
		<-reports
	}
	armed.Store(false)
	closeNow(t, j)
	for i, c := range crashes {
		got, ok := run.found(t, c.fs, seq)
		if !ok {
			t.Fatalf("crash %d: the rows are no prefix of the operations", i)
		}
		if got < c.reported {
			t.Fatalf("crash %d: rows end at operation %d, and %d was reported", i, got, c.reported)
		}
	}
	t.Logf("%d crashes", len(crashes))
}

func TestNewVolumeIsWholeOrEmptyAfterACrash(t *testing.T) {
	mem := vfs.NewCrashableMem()
	var mu sync.Mutex
	var crashes []*vfs.MemFS
	injector := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			mu.Lock()
			defer mu.Unlock()
			crashes = append(crashes, mem.CrashClone(percent(0)), mem.CrashClone(percent(100)))
		}
		return nil
	})
	j := openMem(t, errorfs.Wrap(mem, injector))
	if _, err := j.NextEpoch(); err != nil {
		t.Fatal(err)
	}
	closeNow(t, j)
	for i, fs := range crashes {
		j := openMem(t, fs) // fails the test if it can't be opened
		if id := j.Identity(); id.Cluster.IsZero() || id.Geometry != testGeometry || id.Epoch > 1 {
			t.Fatalf("crash %d: identity %+v", i, id)
		}
		closeNow(t, j)
	}
}
