package disk

import (
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/sim/crashfs"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

// Spoil damages a file that the volume needs, durably.
func (v *durableVolume) Spoil(roll uint32) string {
	if _, err := v.fs.Stat(dir); err != nil { // it was never open
		return ""
	}
	files := v.prune()
	name := files[roll%uint32(len(files))]
	data := crashfs.Content(v.fs, name)
	at := 0
	if len(data) > 0 {
		at = int(roll>>8) % len(data)
	}
	v.spoiled = true
	v.id[15]++ // if nothing of it is found, it is an empty volume, with a store id of its own
	switch how := roll >> 4 % 4; {
	case how == 0:
		must(v.fs.Remove(name))
		must(crashfs.SyncDir(v.fs, dir))
		return name + " is gone"
	case how == 1 || len(data) == 0:
		if roll>>6%2 == 0 { // only what was written last
			at = max(at, len(data)-1-at%96)
		}
		must(crashfs.Replace(v.fs, dir, name, data[:at]))
		return fmt.Sprintf("%s is cut off at %d of %d", name, at, len(data))
	default:
		flip(v.fs, name, int64(at))
		return fmt.Sprintf("a bit of %s flips at %d of %d", name, at, len(data))
	}
}

// prune removes the files that the volume does not need any more, and lists the others. Else it would be up to Pebble's goroutines which are
// still there, and what is made of them when others are gone.
func (v *durableVolume) prune() (needed []string) {
	p := newPower(crashfs.Synced(v.fs), Faults{})
	p.opened = map[string]bool{}
	db, err := pebble.Open(dir, &pebble.Options{FS: p, ReadOnly: true, FormatMajorVersion: pebble.FormatTableFormatV6, Logger: silence{}})
	must(err)
	tables, err := db.SSTables()
	must(err)
	for _, level := range tables {
		for i := range level {
			p.opened[v.fs.PathJoin(dir, fmt.Sprintf("%06d.sst", level[i].BackingSSTNum))] = true
		}
	}
	must(db.Close())
	for _, kind := range []string{"MANIFEST-*", "OPTIONS-*", "marker.manifest*", "marker.format*"} {
		p.opened[crashfs.Newest(v.fs, dir, kind)] = true
	}
	names, err := v.fs.List(dir)
	must(err)
	slices.Sort(names)
	for _, name := range names {
		switch name = v.fs.PathJoin(dir, name); {
		case p.opened[name]:
			needed = append(needed, name)
		case name != v.fs.PathJoin(dir, "LOCK") && name != v.fs.PathJoin(dir, "tail"):
			must(v.fs.Remove(name))
		}
	}
	must(crashfs.SyncDir(v.fs, dir))
	return needed
}

// silence drops what Pebble tells.
type silence struct{}

func (silence) Infof(string, ...any)  {}
func (silence) Errorf(string, ...any) {}
func (silence) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}

// learn has the twin hold what the engine brought back of a volume that was damaged: the same but for values that are rotten now, or
// else an older state of it. That it is not a state which never was, the judges see to, as with any older volume.
func (v *durableVolume) learn(s *engine.Store) {
	twin, err := v.twin.Open()
	must(err)
	was, id := twin.LSN(), twin.Identity()
	if s.LSN() > was {
		panic(fmt.Sprintf("disk: apply sequence %d on a damaged volume, which never had more than %d", s.LSN(), was))
	}
	if s.LSN() < was || s.Identity() != id && s.Identity() != v.maybe {
		must(twin.Close())
		v.twin = copied(s)
		return
	}
	for _, r := range rotten(v.fs, v.options) {
		if !twin.Damaged(r.db, r.key) {
			twin.Rot(r.db, r.key)
		}
	}
	must(twin.Close())
}

// rotten lists the records of a volume whose values can't be read. It looks at a copy, so that nobody has noticed it.
func rotten(fs *vfs.MemFS, options func(*power) engine.Options) (list []record) {
	s, err := engine.Open(dir, options(newPower(crashfs.Synced(fs), Faults{})))
	must(err)
	each(s, func(e *wire.Entry) {
		if _, _, _, status := s.Read(e.DB, e.Key, nil); status != wire.StatusOK {
			list = append(list, record{e.DB, slices.Clone(e.Key)})
		}
	})
	must(s.Close())
	return list
}

// copied is a volume of the model that holds what a store does.
func copied(s *engine.Store) *model.Volume {
	v := model.NewVolume(s.Identity().Store)
	m, err := v.Open()
	must(err)
	must(m.SetIdentity(s.Identity()))
	for db := range kv.DB(16) {
		_, err := m.Flush(db, s.Flushed(db))
		must(err)
	}
	var all []replica.Write
	each(s, func(e *wire.Entry) {
		_, value, _, status := s.Read(e.DB, e.Key, nil)
		if status != wire.StatusOK {
			value = make([]byte, e.Head.Length) // another one
		}
		all = append(all, replica.Write{DB: e.DB, Head: e.Head, Key: slices.Clone(e.Key), Value: value})
	})
	_, err = m.Apply(all, make([]replica.Outcome, len(all)))
	must(err)
	_, err = m.Advance(s.LSN())
	must(err)
	_, err = m.Sync()
	must(err)
	equal("the apply sequence of what was damaged", m.LSN(), s.LSN())
	must(m.Close())
	return v
}
