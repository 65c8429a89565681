package tail

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const dir = "tail"

func open(t *testing.T, fs vfs.FS) *Tail {
	t.Helper()
	tl, err := Open(fs, dir)
	if err != nil {
		t.Fatal(err)
	}
	return tl
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, tl *Tail, previous, sequence uint64, batch string) {
	t.Helper()
	tl.Stage(previous, sequence, []byte(batch))
	must(t, tl.Write())
}

// replayed is what Replay applies on a volume whose log reached a sequence.
func replayed(t *testing.T, fs vfs.FS, reached uint64) string {
	t.Helper()
	var all []string
	last, err := Replay(fs, dir, reached, func(sequence uint64, batch []byte) error {
		all = append(all, fmt.Sprintf("%d=%s", sequence, batch))
		return nil
	})
	must(t, err)
	return fmt.Sprintf("%s to %d", strings.Join(all, " "), last)
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestReplayGoesOnWhereTheLogEnds(t *testing.T) {
	fs := vfs.NewMem()
	expect(t, "no folder", replayed(t, fs, 7), " to 7")
	tl := open(t, fs)
	write(t, tl, 5, 6, "six")
	write(t, tl, 6, 10, "ten") // the sequence was lifted
	write(t, tl, 10, 11, "eleven")
	expect(t, "all", replayed(t, fs, 5), "6=six 10=ten 11=eleven to 11")
	expect(t, "the rest", replayed(t, fs, 6), "10=ten 11=eleven to 11")
	expect(t, "nothing", replayed(t, fs, 11), " to 11")
	expect(t, "a log that lacks what came before", replayed(t, fs, 4), " to 4")
	expect(t, "another history", replayed(t, fs, 8), " to 8")
	must(t, tl.Close())
	must(t, Clear(fs, dir))
	expect(t, "cleared", replayed(t, fs, 5), " to 5")
}

func TestReplayEndsAtATornRecord(t *testing.T) {
	whole := (&record{1, 2, []byte("two")}).append(nil)
	whole = (&record{2, 3, []byte("three")}).append(whole)
	first := headerSize + len("two")
	for cut := range len(whole) {
		fs := vfs.NewMem()
		must(t, open(t, fs).Close())
		put(t, fs, whole[:cut])
		want := " to 1"
		if cut >= first {
			want = "2=two to 2"
		}
		expect(t, fmt.Sprintf("cut at %d", cut), replayed(t, fs, 1), want)
	}
	for at := range first {
		fs := vfs.NewMem()
		must(t, open(t, fs).Close())
		bad := append([]byte(nil), whole...)
		bad[at] ^= 0x40
		put(t, fs, bad)
		expect(t, fmt.Sprintf("flipped at %d", at), replayed(t, fs, 1), " to 1")
	}
}

func put(t *testing.T, fs vfs.FS, b []byte) {
	t.Helper()
	f, err := fs.Create(path(fs, dir, 1), vfs.WriteCategoryUnspecified)
	must(t, err)
	_, err = f.Write(bytes.Clone(b)) // under the race detector Pebble's file system spoils what it was given
	must(t, err)
	must(t, f.Close())
}

// A file goes only after a sync that began when it was full; what was written meanwhile stays.
func TestTrimRemovesWhatASyncCovered(t *testing.T) {
	fs := vfs.NewMem()
	tl := open(t, fs)
	write(t, tl, 0, 1, strings.Repeat("x", TurnBytes/2))
	must(t, tl.Turn())
	must(t, tl.Trim())
	write(t, tl, 1, 2, strings.Repeat("y", TurnBytes/2))
	must(t, tl.Turn())
	write(t, tl, 2, 3, "three")
	if n := len(replayed(t, fs, 0)); n < TurnBytes {
		t.Errorf("%d bytes before the sync ended", n)
	}
	must(t, tl.Trim())
	expect(t, "after it", replayed(t, fs, 2), "3=three to 3")
	expect(t, "what was removed is missed", replayed(t, fs, 0), " to 0")
	numbers, err := list(fs, dir)
	if err != nil || len(numbers) != 1 {
		t.Errorf("files %v, %v", numbers, err)
	}
}

func TestReplayStopsAtAnError(t *testing.T) {
	fs := vfs.NewMem()
	tl := open(t, fs)
	write(t, tl, 0, 1, "one")
	boom := errors.New("boom")
	if last, err := Replay(fs, dir, 0, func(uint64, []byte) error { return boom }); !errors.Is(err, boom) || last != 0 {
		t.Errorf("%d, %v", last, err)
	}
}

// TestClearedForGood: what was removed does not come back after a power loss.
func TestClearedForGood(t *testing.T) {
	mem := vfs.NewCrashableMem()
	tl := open(t, mem)
	write(t, tl, 7, 8, "of another history")
	must(t, tl.Close())
	mem = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(0, 0))}) // the process ended
	if got := replayed(t, mem, 7); got != "8=of another history to 8" {
		t.Fatalf("%q is left of the tail", got)
	}
	must(t, Clear(mem, dir))
	if got := replayed(t, mem.CrashClone(vfs.CrashCloneCfg{}), 7); got != " to 7" {
		t.Errorf("%q is back", got)
	}
}
