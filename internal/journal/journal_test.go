package journal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/ring"
)

var testGeometry = ring.New(3, 1, 16)

func openMem(t *testing.T, fs vfs.FS) *Journal {
	t.Helper()
	j, err := Open("j", Options{Geometry: testGeometry, FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func closeNow(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// script builds effects as the core does.
type script struct{ coord.Effects }

func (s *script) bytes(b string) coord.Range {
	from := len(s.JournalBytes)
	s.JournalBytes = append(s.JournalBytes, b...)
	return coord.Range{From: uint32(from), To: uint32(len(s.JournalBytes))}
}

func (s *script) set(seq uint64, key, value string) {
	s.Journal = append(s.Journal, coord.JournalOp{Key: s.bytes(key), Value: s.bytes(value)})
	s.JournalSeq = seq
}

func (s *script) del(seq uint64, key string) {
	s.Journal = append(s.Journal, coord.JournalOp{Delete: true, Key: s.bytes(key)})
	s.JournalSeq = seq
}

func (s *script) delRange(seq uint64, from, end string) {
	s.Journal = append(s.Journal, coord.JournalOp{Delete: true, Key: s.bytes(from), End: s.bytes(end)})
	s.JournalSeq = seq
}

func (s *script) read(token uint64, key string) {
	s.JournalReads = append(s.JournalReads, coord.JournalRead{Token: token, Key: s.bytes(key)})
}

// send enqueues what was written and begins anew, over the same memory, as the driver does.
func (s *script) send(j *Journal) {
	j.Enqueue(&s.Effects)
	clear(s.JournalBytes)
	s.Reset()
}

// watch starts the journal and gives a function that waits until a sequence was reported.
func watch(j *Journal) (reports chan Report, until func(seq uint64)) {
	reports = make(chan Report, 1024)
	j.Start(func(r *Report) {
		c := Report{Synced: r.Synced, Err: r.Err}
		for _, row := range r.Rows {
			c.Rows = append(c.Rows, Row{row.Token, row.Found, append([]byte(nil), row.Value...), row.Own})
		}
		reports <- c
	})
	return reports, func(seq uint64) {
		for r := range reports {
			if r.Err != nil || r.Synced >= seq {
				return
			}
		}
	}
}

func contents(t testing.TB, j *Journal) string {
	t.Helper()
	var b strings.Builder
	err := j.Load(func(key, value []byte) error {
		fmt.Fprintf(&b, "%s=%s ", key, value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func TestRowsSurviveClosing(t *testing.T) {
	fs := vfs.NewMem()
	j := openMem(t, fs)
	_, until := watch(j)
	var s script
	s.set(1, "a", "1")
	s.set(2, "b", "2")
	s.send(j)
	s.set(3, "c", "3")
	s.set(4, "d", "")
	s.del(5, "a")
	s.send(j)
	s.set(6, "e1", "x")
	s.set(7, "e2", "x")
	s.set(8, "f", "x")
	s.delRange(9, "e", "f")
	s.send(j)
	until(9)
	closeNow(t, j)

	j = openMem(t, fs)
	defer closeNow(t, j)
	if got, want := contents(t, j), "b=2 c=3 d= f=x"; got != want {
		t.Fatalf("rows are %q, want %q", got, want)
	}
}

func TestCloseWritesWhatIsQueued(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	fs := vfs.NewMem()
	j := openMem(t, fs)
	var s script
	s.set(1, "a", "1")
	s.send(j)
	watch(j)
	closeNow(t, j)
	j = openMem(t, fs)
	defer closeNow(t, j)
	if got := contents(t, j); got != "a=1" {
		t.Fatalf("rows are %q", got)
	}
}

// A read sees what was queued before it and nothing queued after it, and is answered only when
// what it sees is synced.
func TestReadsKeepTheirPlace(t *testing.T) {
	j := openMem(t, vfs.NewMem())
	var s script
	s.set(1, "k", "old")
	s.read(10, "k")
	s.read(11, "absent")
	s.send(j)
	s.set(2, "k", "new")
	s.send(j)
	s.read(12, "k")
	s.send(j)
	s.del(3, "k")
	s.read(13, "k")
	s.send(j)

	reports, _ := watch(j)
	var got strings.Builder
	synced := false
	for rows := 0; rows < 4; {
		r := <-reports
		synced = synced || r.Synced == 3
		for _, row := range r.Rows {
			if !synced {
				t.Errorf("row %d came before its sync", row.Token)
			}
			fmt.Fprintf(&got, "%d:%v:%s ", row.Token, row.Found, row.Value)
			rows++
		}
	}
	if want := "11:false: 10:true:old 12:true:new 13:false: "; got.String() != want {
		t.Fatalf("rows %q, want %q", got.String(), want)
	}
	closeNow(t, j)
}

func TestIdentityIsMadeOnce(t *testing.T) {
	fs := vfs.NewMem()
	j := openMem(t, fs)
	first := j.Identity()
	if first.Cluster.IsZero() || first.Journal.IsZero() || first.Router != 1 || first.Geometry != testGeometry || first.Epoch != 0 {
		t.Fatalf("identity of a new volume is %+v", first)
	}
	for want := uint64(1); want <= 3; want++ {
		if e, err := j.NextEpoch(); err != nil || e != want {
			t.Fatalf("epoch %d, error %v, want %d", e, err, want)
		}
		closeNow(t, j)
		j = openMem(t, fs)
		id := j.Identity()
		if id.Epoch != want {
			t.Fatalf("epoch %d after reopening, want %d", id.Epoch, want)
		}
		id.Epoch = 0
		if id != first {
			t.Fatalf("identity changed from %+v to %+v", first, id)
		}
	}
	closeNow(t, j)
}

func TestOperatorErrorsSayWhatToDo(t *testing.T) {
	fs := vfs.NewMem()
	held := openMem(t, fs)
	_, err := Open("j", Options{Geometry: testGeometry, FS: fs})
	wantError(t, err, "can't be locked", "stop the router that uses it")
	closeNow(t, held)

	_, err = Open("j", Options{Geometry: ring.New(5, 2, 16), FS: fs})
	wantError(t, err, "3 servers, duplication 1", "5 servers, duplication 2", "start with the settings of the volume")

	j := openMem(t, fs) // the failed opens left it unlocked
	defer closeNow(t, j)
}

func TestDamagedIdentityIsRefused(t *testing.T) {
	fs := vfs.NewMem()
	j := openMem(t, fs)
	var bad Identity
	row := bad.append(nil)
	row[5] ^= 1
	if err := j.db.Set(identityKey, row, pebble.Sync); err != nil {
		t.Fatal(err)
	}
	closeNow(t, j)
	_, err := Open("j", Options{Geometry: testGeometry, FS: fs})
	wantError(t, err, "identity is damaged", "restore the router's volume")
}

func TestRowsWithoutIdentityAreRefused(t *testing.T) {
	fs := vfs.NewMem()
	j := openMem(t, fs)
	if err := j.db.Delete(identityKey, pebble.Sync); err != nil {
		t.Fatal(err)
	}
	if err := j.db.Set([]byte{corePrefix, 'x'}, nil, pebble.Sync); err != nil {
		t.Fatal(err)
	}
	closeNow(t, j)
	_, err := Open("j", Options{Geometry: testGeometry, FS: fs})
	wantError(t, err, "rows and no identity")
}

func TestOnTheRealFileSystem(t *testing.T) {
	dir := t.TempDir() + "/made/here"
	j, err := Open(dir, Options{Geometry: testGeometry})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir, Options{Geometry: testGeometry})
	wantError(t, err, "can't be locked")
	closeNow(t, j)
	if j, err = Open(dir, Options{Geometry: testGeometry}); err != nil {
		t.Fatal(err)
	}
	closeNow(t, j)
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}
