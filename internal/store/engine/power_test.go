package engine_test

import (
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/store/storetest"
	"github.com/distributedstorage/ds/internal/wire"
)

// cutter is a file system that keeps what a power cut would leave before each operation that makes
// something durable or visible.
type cutter struct {
	mem *vfs.MemFS
	mu  sync.Mutex
	// armed is off while nothing is to be cut; synced is what the store had promised.
	armed  bool
	synced replica.LSN
	cuts   []cut
}

type cut struct {
	what   string
	fs     *vfs.MemFS
	synced replica.LSN
}

func (c *cutter) MaybeError(op errorfs.Op) error {
	switch op.Kind {
	case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo, errorfs.OpRename,
		errorfs.OpCreate, errorfs.OpRemove, errorfs.OpReuseForWrite, errorfs.OpLink:
	default:
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.armed {
		what := fmt.Sprintf("cut %d, before operation %d on %s", len(c.cuts), op.Kind, op.Path)
		c.cuts = append(c.cuts, cut{what: what, fs: c.mem.CrashClone(vfs.CrashCloneCfg{}), synced: c.synced})
	}
	return nil
}

func (c *cutter) String() string { return "cutter" }

func (c *cutter) arm(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.armed = on
}

func newCutter() (*cutter, vfs.FS) {
	c := &cutter{mem: vfs.NewCrashableMem(), armed: true}
	return c, errorfs.Wrap(lockedOnce{c.mem}, c)
}

// lockedOnce reuses files in two steps. MemFS's own ReuseForWrite takes the lock against clones, and
// again in Rename: when a clone waits in between, both wait for ever.
type lockedOnce struct{ *vfs.MemFS }

func (l lockedOnce) ReuseForWrite(old, new string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := l.Rename(old, new); err != nil {
		return nil, err
	}
	return l.OpenReadWrite(new, category)
}

func open(t testing.TB, fs vfs.FS) *engine.Store {
	t.Helper()
	o := small
	o.FS = fs
	s, err := engine.Open("volume", o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func live(key string, value []byte, version uint64) replica.Write {
	return replica.Write{Key: []byte(key), Value: value, Head: kv.Head{
		Version: kv.Version{Time: version}, Kind: kv.Live, Length: uint32(len(value)),
		Checksum: kv.Checksum(kv.Live, 0, value),
	}}
}

func apply(t testing.TB, s *engine.Store, writes ...replica.Write) replica.LSN {
	t.Helper()
	lsn, err := s.Apply(writes, make([]replica.Outcome, len(writes)))
	if err != nil {
		t.Fatal(err)
	}
	return lsn
}

// TestPowerCutInside cuts the power inside of operations, at every sync, rename, creation and removal,
// those in the background too.
func TestPowerCutInside(t *testing.T) {
	c, fs := newCutter()
	s := open(t, fs)
	opened, id := len(c.cuts), s.Identity().Store
	history := map[replica.LSN]storetest.State{}
	keep := func() {
		state := storetest.Check(t, s)
		history[state.LSN] = state
	}
	keep()
	value := make([]byte, 3000)
	for i := range uint64(120) {
		value[0] = byte(i)
		apply(t, s, live(fmt.Sprint("key ", i%40), value, i+1), live(fmt.Sprint("small ", i%10), value[:20], i+1))
		if i%50 == 49 {
			if _, err := s.Flush(0, kv.Version{Time: i - 20}); err != nil {
				t.Fatal(err)
			}
		}
		keep()
		if i%5 == 0 {
			lsn, err := s.Sync()
			if err != nil {
				t.Fatal(err)
			}
			c.mu.Lock()
			c.synced = lsn
			c.mu.Unlock()
		}
	}
	c.arm(false)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if opened < 3 || len(c.cuts) < opened+40 {
		t.Fatalf("%d cuts, %d of them while opening: too few to prove anything", len(c.cuts), opened)
	}
	for i, cut := range c.cuts {
		s := open(t, cut.fs)
		state := storetest.Check(t, s)
		if err := s.Close(); err != nil {
			t.Fatalf("%s: %v", cut.what, err)
		}
		if i < opened {
			continue // it can be opened, as an empty volume or as this one
		}
		if state.Identity.Store != id || state.LSN < cut.synced {
			t.Fatalf("%s: store %v, LSN %d; want %v, at least %d", cut.what, state.Identity.Store, state.LSN, id, cut.synced)
		}
		if want, ok := history[state.LSN]; !ok || !reflect.DeepEqual(state, want) {
			t.Fatalf("%s: %d records at LSN %d are not what that batch left (%d)", cut.what, len(state.Records), state.LSN, len(want.Records))
		}
	}
}

// TestFlushCutShort: a flush of many batches, cut in the middle, is ended when the volume is opened.
func TestFlushCutShort(t *testing.T) {
	const records = 12_000
	c, fs := newCutter()
	c.arm(false)
	s := open(t, fs)
	var batch []replica.Write
	for i := range records {
		// Long keys, so that the deletions take several batches.
		batch = append(batch, live(fmt.Sprintf("%0200d", i), []byte("value"), 1))
	}
	apply(t, s, batch...)
	if _, err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	c.arm(true)
	if _, err := s.Flush(0, kv.Version{Time: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	c.arm(false)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, ended := 0, 0
	for _, cut := range c.cuts {
		s := open(t, cut.fs)
		flushed := !s.Flushed(0).IsZero()
		switch live, _ := s.Totals(); {
		case !flushed && live == records:
			whole++
		case flushed && live == 0:
			ended++
		default:
			t.Fatalf("%s: %d records, flushed %v", cut.what, live, flushed)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if whole == 0 || ended == 0 {
		t.Fatalf("%d cuts before the flush, %d in it: too few to prove anything", whole, ended)
	}
}

// TestSyncCountsWhatItBeganWith: a batch applied while a sync is under way is not durable with it.
func TestSyncCountsWhatItBeganWith(t *testing.T) {
	mem := vfs.NewCrashableMem()
	gate := &gate{entered: make(chan struct{}, 1), leave: make(chan struct{})}
	s := open(t, errorfs.Wrap(mem, gate))
	first := apply(t, s, live("a", []byte("1"), 1))
	gate.shut.Store(true)
	synced := make(chan replica.LSN)
	go func() {
		lsn, err := s.Sync()
		if err != nil {
			t.Error(err)
		}
		synced <- lsn
	}()
	<-gate.entered
	second := apply(t, s, live("a", []byte("2"), 2))
	if second <= first {
		t.Fatalf("LSN %d after %d", second, first)
	}
	gate.shut.Store(false)
	close(gate.leave)
	if lsn := <-synced; lsn != first {
		t.Errorf("the sync that began at LSN %d says that %d is durable", first, lsn)
	}
	if lsn, err := s.Sync(); lsn != second || err != nil {
		t.Errorf("the next sync gives %d, %v; want %d", lsn, err, second)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, _, status := s.Read(0, []byte("a"), nil); status != wire.StatusFailed {
		t.Errorf("read after Close: status %d", status)
	}
}
