package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/store/storetest"
	"github.com/distributedstorage/ds/internal/wire"
)

// flipAt flips a bit of a file in place, at so many thousandths of it.
func flipAt(t *testing.T, fs *vfs.MemFS, name string, thousandths int) {
	t.Helper()
	f, err := fs.OpenReadWrite(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if at := len(b) * thousandths / 1000; len(b) > 0 { // else it is being written
		_, err = f.WriteAt([]byte{b[at] ^ 4}, int64(at))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// tables are the names of the sorted files of a volume.
func tables(t *testing.T, fs *vfs.MemFS) (names []string) {
	t.Helper()
	all, err := fs.List("volume")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if strings.HasSuffix(name, ".sst") {
			names = append(names, fs.PathJoin("volume", name))
		}
	}
	return names
}

// random is a value that does not compress.
func random(rng *rand.Rand, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// TestDamagedBlockStopsNoWrite: a file that can't be read in full is in the way of every merge, but not for long.
func TestDamagedBlockStopsNoWrite(t *testing.T) {
	mem, rng := vfs.NewMem(), rand.New(rand.NewPCG(1, 1))
	s := open(t, mem)
	written := uint64(0)
	write := func(n int) {
		for range n {
			written++
			apply(t, s, live(fmt.Sprint("key", rng.IntN(300)), random(rng, 600), written))
		}
	}
	write(400)
	if err := s.Compact(); err != nil {
		t.Fatal(err)
	}
	for _, name := range tables(t, mem) {
		flipAt(t, mem, name, 500)
	}
	inTime(t, "writes have stopped for good", func() { write(4000) }) // many times what may wait to be merged
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// inTime fails the test with a word of what is wrong if f takes a minute.
func inTime(t *testing.T, wrong string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal(wrong)
	}
}

// TestDamagedLargeRecord: Pebble would look for the flipped bit of a record of 8 MiB for two minutes, with each read and each cut.
func TestDamagedLargeRecord(t *testing.T) {
	mem, rng := vfs.NewMem(), rand.New(rand.NewPCG(1, 1))
	s := open(t, mem)
	apply(t, s, live("large", random(rng, 8<<20), 1))
	if err := s.Compact(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, mem)
	for _, name := range tables(t, mem) {
		flipAt(t, mem, name, 500)
	}
	inTime(t, "the damage is looked into for minutes", func() {
		if _, _, _, status := s.Read(0, []byte("large"), nil); status != wire.StatusRotten {
			t.Errorf("the damaged record was read with %d", status)
		}
		apply(t, s, live("other", []byte("value"), 2)) // with which the block is cut out
		if _, _, _, status := s.Read(0, []byte("other"), nil); status != wire.StatusOK {
			t.Errorf("another record was read with %d", status)
		}
	})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// content is what a volume of 200 records holds: short and long ones, some of them empty, some written twice, and what a flush left.
type content struct {
	written map[string]replica.Write
	lsn     replica.LSN
	id      replica.Identity
}

func manual(fs vfs.FS) engine.Options {
	return engine.Options{FS: fs, Manual: true, CacheSize: 1 << 20, MemTableSize: 1 << 20}
}

func filled(t *testing.T, fs *vfs.MemFS) (*engine.Store, *content) {
	t.Helper()
	s, err := engine.Open("volume", manual(fs))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(2, 2))
	c := &content{written: map[string]replica.Write{}}
	for i := range 200 {
		if i == 100 {
			if _, err := s.Flush(0, kv.Version{Time: 50}); err != nil {
				t.Fatal(err)
			}
			clear(c.written)
			for j := 50; j <= 100; j++ {
				w := live(fmt.Sprint("key", j), nil, uint64(j+500))
				apply(t, s, w)
				c.written[string(w.Key)] = w
			}
		}
		w := live(fmt.Sprint("key", i), random(rng, []int{0, 40, 900}[i%3]), uint64(i+1))
		apply(t, s, w)
		if i > 100 {
			c.written[string(w.Key)] = w
		}
	}
	if err := s.Compact(); err != nil {
		t.Fatal(err)
	}
	c.lsn, c.id = s.LSN(), s.Identity()
	return s, c
}

// check demands everything of the content but values, which may be rotten. It tells which are.
func (c *content) check(t *testing.T, s *engine.Store) (rotten []replica.Write) {
	t.Helper()
	if s.LSN() != c.lsn || s.Identity() != c.id || s.Flushed(0) != (kv.Version{Time: 50}) {
		t.Errorf("apply sequence %d of %d, identity %+v, flushed %+v", s.LSN(), c.lsn, s.Identity(), s.Flushed(0))
	}
	if n, _ := s.Totals(); int(n) != len(c.written) {
		t.Errorf("%d records of %d", n, len(c.written))
	}
	for key, w := range c.written {
		switch h, value, _, status := s.Read(0, []byte(key), nil); {
		case h != w.Head:
			t.Errorf("%s has another head", key)
		case status == wire.StatusRotten:
			rotten = append(rotten, w)
		case status != wire.StatusOK || !bytes.Equal(value, w.Value):
			t.Errorf("%s: status %d, %d bytes", key, status, len(value))
		}
	}
	return rotten
}

// TestBitsFlipAnywhere: wherever a bit flips in a sorted file while the volume is open, nothing but values is lost, the files can be merged
// and opened again, and what is rotten can be written again.
func TestBitsFlipAnywhere(t *testing.T) {
	sum := 0
	for thousandths := 3; thousandths < 1000; thousandths += 23 {
		mem := vfs.NewMem()
		s, c := filled(t, mem)
		for _, name := range tables(t, mem) {
			flipAt(t, mem, name, thousandths)
		}
		apply(t, s, live("another", nil, 1000)) // so that there is something to merge
		if c.lsn++; s.LSN() != c.lsn {
			t.Fatal("no batch")
		}
		c.written["another"] = live("another", nil, 1000)
		if err := s.Compact(); err != nil {
			t.Fatalf("flipped at %d: %v", thousandths, err)
		}
		before := c.check(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s, err := engine.Open("volume", manual(mem))
		if err != nil {
			t.Fatalf("flipped at %d: %v", thousandths, err)
		}
		rotten := c.check(t, s)
		if sum += len(rotten); len(rotten) != len(before) {
			t.Errorf("flipped at %d: %d records are rotten, then %d", thousandths, len(before), len(rotten))
		}
		for i := range rotten {
			apply(t, s, rotten[i])
			c.lsn++
		}
		if left := c.check(t, s); len(left) > 0 {
			t.Errorf("flipped at %d: %d records stay rotten", thousandths, len(left))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if sum < 100 {
		t.Errorf("only %d records became rotten", sum)
	}
}

// reopened is a volume that was opened again and again, so that each log became a file of its own and went.
func reopened(t *testing.T) (*vfs.MemFS, *content) {
	t.Helper()
	mem := vfs.NewMem()
	s, c := filled(t, mem)
	for i := range 4 {
		w := live(fmt.Sprint("another", i), nil, uint64(1000+i))
		apply(t, s, w)
		if _, err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		c.lsn, c.written[string(w.Key)] = s.LSN(), w
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if i == 3 {
			return mem, c
		}
		var err error
		if s, err = engine.Open("volume", manual(mem)); err != nil {
			t.Fatal(err)
		}
	}
	panic("unreachable")
}

// fileOf is the newest file of a volume whose name begins so, and its length.
func fileOf(t *testing.T, fs *vfs.MemFS, prefix string) (name string, length int) {
	t.Helper()
	names, err := fs.List("volume")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if strings.HasPrefix(n, prefix) {
			name = max(name, fs.PathJoin("volume", n))
		}
	}
	info, err := fs.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return name, int(info.Size())
}

// TestManifestCutShort: Pebble takes a list of files that ends early for an older one. Then a file that was made later is missing without
// a trace, and so is the log that it came from, while the log in use has the latest apply sequence; or what is written next passes for
// older than what is there.
func TestManifestCutShort(t *testing.T) {
	base, c := reopened(t)
	manifest, length := fileOf(t, base, "MANIFEST")
	refused := 0
	for at := range length {
		mem := vfs.NewMem()
		if _, err := vfs.Clone(base, mem, "volume", "volume"); err != nil {
			t.Fatal(err)
		}
		if err := storetest.Damage(mem, manifest, at, nil); err != nil {
			t.Fatal(err)
		}
		s, err := engine.Open("volume", manual(mem))
		if err != nil {
			if refused++; !errors.Is(err, store.ErrDamaged) {
				t.Errorf("cut at %d: %v", at, err)
			}
			continue
		}
		if n, _ := s.Totals(); s.Identity().Store == c.id.Store && s.LSN() == c.lsn && int(n) != len(c.written) {
			t.Errorf("cut at %d: %d records of %d, and nobody knows", at, n, len(c.written))
		}
		newerStays(t, s, mem)
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

// newerStays writes over what is there, and demands that it is not what comes back.
func newerStays(t *testing.T, s *engine.Store, mem *vfs.MemFS) {
	t.Helper()
	for i := range 4 {
		apply(t, s, live(fmt.Sprint("another", i), []byte("newer"), 2000))
	}
	if _, err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := engine.Open("volume", manual(mem))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if _, value, _, _ := s.Read(0, fmt.Append(nil, "another", i), nil); string(value) != "newer" {
			t.Errorf("another%d is %q", i, value)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestMarkerGone: without the name of its manifest Pebble would begin a new volume, and remove what is there.
func TestMarkerGone(t *testing.T) {
	mem := vfs.NewMem()
	s, _ := filled(t, mem)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := mem.List("volume")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasPrefix(name, "marker.manifest.") {
			if err := mem.Remove(mem.PathJoin("volume", name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := engine.Open("volume", manual(mem)); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Open: %v", err)
	}
}

// TestTailOfALostLog: what is left of another volume does not come into an empty one.
func TestTailOfALostLog(t *testing.T) {
	mem := vfs.NewMem()
	s := open(t, mem)
	if err := s.WriteThrough(true); err != nil {
		t.Fatal(err)
	}
	apply(t, s, live("old", nil, 1))
	left := vfs.NewMem()
	if _, err := vfs.Clone(mem, left, "volume/tail", "volume/tail"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Open("volume", manual(left)); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Open: %v", err)
	}
}

// TestTailOnAnOlderIdentity: the log is lost, sorted files and the tail are there. What the tail makes of them has the records of the latest state and the
// identity of an earlier one, a volume that never was: the router would take its own for an older one, and halt.
func TestTailOnAnOlderIdentity(t *testing.T) {
	mem := vfs.NewMem()
	s, err := engine.Open("volume", manual(mem))
	if err != nil {
		t.Fatal(err)
	}
	learn := func(epoch uint64) {
		id := s.Identity()
		id.Epoch, id.Journal, id.JournalSequence = epoch, kv.ID{7}, 10*epoch
		if err := s.SetIdentity(id); err != nil {
			t.Fatal(err)
		}
	}
	learn(1)
	apply(t, s, live("old", []byte("one"), 1))
	if err := s.Compact(); err != nil {
		t.Fatal(err)
	}
	learn(2)
	if err := s.WriteThrough(true); err != nil {
		t.Fatal(err)
	}
	apply(t, s, live("new", []byte("two"), 1000))
	left := vfs.NewMem()
	if _, err := vfs.Clone(mem, left, "volume", "volume"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := left.List("volume")
	for _, name := range names {
		if strings.HasSuffix(name, ".log") && err == nil {
			err = left.Remove("volume/" + name)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Open("volume", manual(left)); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Open: %v", err)
	}
}
