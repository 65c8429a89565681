package rowdisk

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/journal"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim/crashfs"
)

const (
	// dir is the folder of every durable volume, on a file system of its own.
	dir = "volume"
	// turnBytes is after how many bytes in its memtable the journal is closed and opened again: far below the 256 KiB of Pebble's first
	// one, so that Pebble turns no log by itself; it would do so a little earlier or later each time, since its skip lists are random.
	// Nor does it survive that it fails while it turns a log.
	turnBytes = 64 << 10
)

// Durables are the durable volumes of a world, and what they have been through.
type Durables struct {
	Geometry ring.Geometry
	Cut      int // the power went while steps were on their way, and a part of them was there
	Torn     int // a log ended in the middle of a step
	Reopened int // a failed journal was opened again
	Cached   int // and had steps that only the system's memory had shown
	Full     int // its disk was full
	Spent    int // it had failed so often that the process was replaced

	Ways uint32 // of the failures that come: which is the first
	open map[*durable]bool
}

// New is an empty volume with a real journal.
func (d *Durables) New() Volume {
	return &durable{all: d, fs: vfs.NewCrashableMem(), twin: newModel()}
}

// Close ends the journals that are open.
func (d *Durables) Close() {
	for v := range d.open {
		v.end()
	}
}

// durable is a volume of the real journal, and the model's twin of it.
type durable struct {
	all     *Durables
	fs      *vfs.MemFS
	twin    *model
	disk    *disk
	journal *journal.Journal // nil = no router runs on it
	inbox   *inbox
	written int // bytes since the journal was opened

	failed bool
	full   bool   // because its disk is
	under  []Step // by then perhaps on the disk
	sure   bool   // certainly, as far as the system's memory shows
}

// Open opens the journal, or the one that failed again.
func (v *durable) Open() (uint64, error) {
	open := v.open
	if v.failed {
		open = v.reopen
	}
	if err := open(); err != nil {
		return 0, err
	}
	epoch, err := v.journal.NextEpoch()
	if err != nil {
		return 0, err
	}
	want, _ := v.twin.Open() // never fails
	equal("the epoch", epoch, want)
	equal("a full disk", v.journal.CheckRoom(), false)
	return epoch, nil
}

func (v *durable) open() (err error) {
	v.disk = newDisk(v.fs)
	return v.opened(v.openOn(v.disk))
}

func (v *durable) openOn(d *disk) (*journal.Journal, error) {
	return journal.Open(dir, journal.Options{Geometry: v.all.Geometry, FS: d})
}

// opened takes a journal that was opened.
func (v *durable) opened(j *journal.Journal, err error) error {
	if err != nil {
		return err
	}
	v.journal, v.inbox, v.written = j, newInbox(), 0
	if v.all.open == nil {
		v.all.open = map[*durable]bool{}
	}
	v.all.open[v] = true
	return nil
}

// reopen opens a journal again that failed. If its disk is full it can't be, and is then.
func (v *durable) reopen() error {
	old := v.journal
	if v.full {
		if _, err := old.Reopen(); err == nil {
			panic("rowdisk: a journal was opened again on a full disk")
		}
		v.all.Full++
	}
	v.disk.set(faults{})
	j, err := old.Reopen()
	for ; errors.Is(err, journal.ErrHangs); j, err = old.Reopen() {
		runtime.Gosched() // what Pebble does beside it is about to return
	}
	if errors.Is(err, journal.ErrSpent) {
		v.all.Spent++
		_ = old.Close() // with what it failed
		j, err = v.openOn(v.disk)
	}
	old.Dismantle()
	v.failed, v.full = false, false
	v.all.Reopened++
	return v.opened(j, err)
}

// Load compares the rows with the twin's, once that has what is found of the steps that were under way when the journal failed.
func (v *durable) Load(row func(key, value []byte) error) error {
	found := load(v.journal)
	if n := v.takeOver(found, v.under); v.sure && n < len(v.under) {
		panic(fmt.Sprintf("rowdisk: %d of %d steps are there that were written", n, len(v.under)))
	} else if v.sure {
		v.all.Cached++
	}
	v.under, v.sure = nil, false
	err := v.journal.Load(row)
	v.journal.Start(v.inbox.report)
	return err
}

// turn closes the journal and opens it again once much was written, so that what comes goes to a new log.
func (v *durable) turn() {
	if v.written < turnBytes {
		return
	}
	must(v.journal.Close())
	must(v.open())
	v.takeOver(load(v.journal), nil)
	v.journal.Start(v.inbox.report)
}

// Stop has the journal write the steps while it is closed.
func (v *durable) Stop(steps []Step) {
	if v.failed {
		v.Cut(nil, 0)
		return
	}
	for i := range steps {
		v.enqueue(&steps[i])
	}
	v.end()
	v.fs = crashfs.Synced(v.fs)
	v.compare(steps, v.inbox.take())
}

// Cut tears the newest log.
func (v *durable) Cut(steps []Step, fourths int) {
	if v.journal == nil {
		return
	}
	steps = apart(steps)
	if v.failed || len(steps) == 0 || fourths == 0 || sum(steps, cost) > turnBytes && fourths < 4 {
		left := crashfs.Synced(v.fs)
		v.end()
		v.fs, v.under, v.sure = left, nil, false
		return
	}
	v.turn()
	left := crashfs.Tear(v.fs, dir, fourths, func() { v.send(steps); v.inbox.await(steps) })
	v.end()
	v.fs = left
	n := v.takeOver(v.probe(), steps)
	if fourths < 4 {
		v.all.Torn++
	}
	if n > 0 && n < len(steps) {
		v.all.Cut++
	}
}

// probe is the rows that the disk would bring back.
func (v *durable) probe() map[string][]byte {
	j, err := v.openOn(newDisk(crashfs.Synced(v.fs)))
	if err != nil {
		panic(fmt.Sprintf("rowdisk: what the crash left can't be opened: %v", err))
	}
	defer func() { must(j.Close()) }()
	return load(j)
}

// end closes the journal, whatever state it is in.
func (v *durable) end() {
	if v.journal == nil {
		return
	}
	err := v.journal.Close()
	if v.journal.Err() != nil {
		v.journal.Dismantle()
	} else if err != nil {
		panic(fmt.Sprintf("rowdisk: the journal can't be closed: %v", err))
	}
	v.journal, v.failed, v.full = nil, false, false
	delete(v.all.open, v)
}

// Snapshot copies the disk as a loss of power would leave it.
func (v *durable) Snapshot() Volume {
	return &durable{all: v.all, fs: crashfs.Synced(v.fs), twin: v.twin.clone()}
}

func (v *durable) Empty() Volume { return v.all.New() }

func (v *durable) Keys() []string                { return v.twin.Keys() }
func (v *durable) Row(key string) ([]byte, bool) { return v.twin.Row(key) }

// Rot writes the row anew: a bit that flips in a file of Pebble may damage more than one.
func (v *durable) Rot(key string) {
	if v.journal == nil || v.failed {
		return
	}
	v.Commit([]Step{{Ops: []Op{{Key: key, Value: flipped(v.twin.rows[key])}}, Reads: []Read{{Token: marker, Key: key}}}})
}
