package disk

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/sim/crashfs"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/store/model"
)

// dir is the folder of every durable volume, on a file system of its own.
const dir = "volume"

const (
	// memTable is far above what is written between two calls of Compact, so that Pebble turns no log by itself: it would do so a
	// little earlier or later each time, since its skip lists are random.
	memTable = 1 << 20
	// cache is more than a volume ever holds: what is read from a file and what from memory must not depend on the machine.
	cache = 64 << 20
	// compactBytes is after how much of it Compact is called: Pebble's first memtable has 256 KiB.
	compactBytes = 64 << 10
	// turnBytes is after how much of it Pebble might turn its log by itself, if Compact can't be called meanwhile.
	turnBytes = 160 << 10
	// compactSyncs is after how many syncs it is called, if less is written.
	compactSyncs = 12
	// compactOpenings is after how many openings it is called: each leaves a file.
	compactOpenings = 4
)

// blockSizes are those of every other server: nearly all of a small volume lies in one block, or each record in one of its own.
var blockSizes = [2]int{4 << 10, 64}

// Reached is what the durable volumes of a world have been through.
type Reached struct {
	Compacted int // all was written out and merged
	CutInside int // the power went in the middle of a call
	CutOpen   int // and in the middle of an opening
	Rotted    int // a block of a file was damaged
	RotHeads  int // and had heads in it, and was cut out
	Unread    int // a value could not be read, since the file system failed
	Torn      int // a log ended in the middle of what was not synced, or in the middle of a record
}

// durableVolume is a volume of the engine, and the model's twin of it.
type durableVolume struct {
	fs      *vfs.MemFS
	id      kv.ID // of the store, if it is empty
	twin    *model.Volume
	maybe   replica.Identity // whose sync failed: it may have reached the disk
	spoiled bool             // a file was damaged since it was open
	opened  int
	reached *Reached
}

// NewDurable is an empty volume of the durable engine, whose store id will be id.
func NewDurable(id kv.ID, reached *Reached) Volume {
	v := &durableVolume{reached: reached}
	v.twin = model.NewVolume(id)
	v.Wipe(id)
	return v
}

func (v *durableVolume) Wipe(id kv.ID) {
	v.fs, v.id, v.spoiled = vfs.NewCrashableMem(), id, false
	v.twin.Wipe(id)
}

func (v *durableVolume) Snapshot() Volume {
	return &durableVolume{fs: crashfs.Synced(v.fs), id: v.id, twin: v.twin.Snapshot(), maybe: v.maybe, spoiled: v.spoiled, reached: v.reached}
}

func (v *durableVolume) Claimed() bool                     { return v.twin.Claimed() }
func (v *durableVolume) Head(db kv.DB, key []byte) kv.Head { return v.twin.Head(db, key) }
func (v *durableVolume) Rotten(db kv.DB, key []byte) bool  { return v.twin.Rotten(db, key) }
func (v *durableVolume) Flushed(db kv.DB) kv.Version       { return v.twin.Flushed(db) }
func (v *durableVolume) Value(db kv.DB, key []byte) (kv.Head, []byte, bool) {
	return value(v.twin, db, key)
}
func (v *durableVolume) options(p *power) engine.Options {
	return engine.Options{FS: p, CacheSize: cache, BlockSize: blockSizes[v.id[1]%2], MemTableSize: memTable, Manual: true, Random: bytes.NewReader(v.id[:])}
}

// Open opens the volume. If the power goes meanwhile, or the disk fails, it is opened again on what is left.
func (v *durableVolume) Open(f *Faults) (Store, error) {
	p := newPower(v.fs, Faults{PowerAt: f.PowerAt, SyncFails: f.SyncFails})
	s, err := engine.Open(dir, v.options(p))
	for again := true; again; {
		if v.opened++; err == nil && v.opened%compactOpenings == 0 && !f.SyncFails { // Pebble does not survive that it fails while it turns a log
			err = s.Compact()
		}
		at, dark := p.left()
		f.PowerAt = at
		if again = dark != nil || errors.Is(err, errSync); !again {
			break
		}
		v.reached.CutOpen++
		p.set(Faults{})
		if s != nil {
			_ = s.Close() // nobody will see what it does
		}
		if v.fs = dark; dark == nil {
			v.fs = crashfs.Synced(p.mem)
		}
		p = newPower(v.fs, Faults{})
		s, err = engine.Open(dir, v.options(p))
	}
	if err != nil {
		return nil, err
	}
	return v.begin(s, p, f)
}

// begin demands that what the engine brings back is a state that it was in, and nothing that was synced is missing.
func (v *durableVolume) begin(s *engine.Store, p *power, f *Faults) (Store, error) {
	if v.spoiled {
		v.learn(s)
		v.spoiled = false
	}
	twin, err := v.twin.Open()
	must(err)
	d := &durableStore{Store: s, twin: twin, volume: v, power: p, faults: f}
	d.compare()
	return d, nil
}

// probe is the LSN that a file system would bring back.
func (v *durableVolume) probe(fs *vfs.MemFS) replica.LSN {
	s, err := engine.Open(dir, v.options(newPower(crashfs.Synced(fs), Faults{})))
	if err != nil {
		panic(fmt.Sprintf("disk: what the crash left can't be opened: %v", err))
	}
	defer func() { must(s.Close()) }()
	return s.LSN()
}
