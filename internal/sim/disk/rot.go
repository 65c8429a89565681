package disk

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/sim/crashfs"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/wire"
)

// Spare tells that a record may become unreadable.
type Spare func(db kv.DB, key []byte) bool

// Rot flips a bit in the block of a file that has the value, and damages whatever else is in it. If one of these values is not spare, the
// bit flips back. If there are heads in the block the engine meets it at once: met when the volume is opened, it would be the end of that.
func (s *durableStore) Rot(db kv.DB, key []byte, spare Spare) bool {
	if _, dark := s.power.left(); dark != nil || *s.faults != (Faults{}) || s.compact() != nil {
		return false
	}
	h, _ := s.Head(db, key)
	if h.Length == 0 || s.twin.Damaged(db, key) {
		return false
	}
	mem := s.power.mem
	name, table := tableOf(mem, valueRow(db, key, h))
	at := blockOf(table, valueRow(db, key, h))
	flip(mem, name, at)
	damaged, heads := s.damaged(table, crashfs.Content(mem, name))
	for _, r := range damaged {
		if !spare(r.db, r.key) {
			flip(mem, name, at)
			return false
		}
	}
	if heads {
		must(s.compact())
		if !s.volume.opens(mem) { // it merged others
			flip(mem, name, at)
			return false
		}
		s.volume.reached.RotHeads++
	}
	s.volume.reached.Rotted++
	for _, r := range damaged {
		s.twin.Rot(r.db, r.key)
	}
	return true
}

// opens tells that the volume could be opened if the power went now.
func (v *durableVolume) opens(mem *vfs.MemFS) bool {
	s, err := engine.Open(dir, v.options(newPower(crashfs.Synced(mem), Faults{})))
	if err != nil {
		return false
	}
	must(s.Close())
	return true
}

// record is one of a volume.
type record struct {
	db  kv.DB
	key []byte
}

// damaged lists the records whose values, whole before, are in blocks of a table that can't be read any more, and tells whether anything
// else is.
func (s *durableStore) damaged(before, now []byte) (values []record, heads bool) {
	was, is := reader(before), reader(now)
	broken := func(row []byte) bool {
		found, whole := was(row)
		_, damage := is(row)
		return found && whole == nil && damage != nil
	}
	heads = broken(identityRow) || broken(lsnRow) || broken(formatRow)
	each(s.twin, func(e *wire.Entry) {
		row := recordRow('h', e.DB, e.Key)
		heads = heads || broken(row)
		if broken(valueRow(e.DB, e.Key, e.Head)) && e.Head.Length > 0 && !s.twin.Damaged(e.DB, e.Key) {
			values = append(values, record{e.DB, append([]byte(nil), e.Key...)})
		}
	})
	return values, heads
}

// Rows of the engine, as internal/store/engine/doc.go tells. Without one of the first three a volume is not opened.
var identityRow, lsnRow, formatRow = []byte("mi"), []byte("ml"), []byte("mv")

const inlineLimit = 256

func recordRow(prefix byte, db kv.DB, key []byte) []byte {
	hash := kv.HashKey(db, key)
	row := binary.BigEndian.AppendUint16([]byte{prefix}, uint16(hash.Partition()))
	row = binary.BigEndian.AppendUint16(row, uint16(db))
	return append(binary.BigEndian.AppendUint64(row, uint64(hash)), key...)
}

func valueRow(db kv.DB, key []byte, h kv.Head) []byte {
	if h.Length > inlineLimit {
		return recordRow('v', db, key)
	}
	return recordRow('h', db, key)
}

// openTable opens a table. An error is of damage outside its blocks of rows.
func openTable(table []byte) (*sstable.Reader, error) {
	f, err := sstable.NewSimpleReadable(vfs.NewMemFile(table))
	must(err)
	var o pebble.Options
	o.EnsureDefaults()
	return sstable.NewReader(context.Background(), f, o.MakeReaderOptions())
}

// reader looks for rows in a table. An error is of damage that is in the way.
func reader(table []byte) (find func(row []byte) (found bool, _ error)) {
	r, err := openTable(table)
	must(err)
	return func(row []byte) (bool, error) {
		it, err := r.NewIter(sstable.NoTransforms, nil, nil, sstable.AssertNoBlobHandles)
		must(err)
		kv := it.SeekGE(row, 0)
		found := kv != nil && bytes.Equal(kv.K.UserKey, row)
		return found, it.Close()
	}
}

// tableOf is the table that has a row which can be read: the newest, since Pebble may not have removed others yet.
func tableOf(mem *vfs.MemFS, row []byte) (name string, table []byte) {
	mem = crashfs.Synced(mem) // none goes meanwhile
	names, err := mem.List(dir)
	must(err)
	slices.Sort(names)
	for _, n := range slices.Backward(names) {
		if path := mem.PathJoin(dir, n); isTable(n) {
			b := crashfs.Content(mem, path)
			if found, err := reader(b)(row); found && err == nil {
				return path, b
			}
		}
	}
	panic("disk: a value is in no table")
}

// blockOf is where the block of a table begins that has a row.
func blockOf(table, row []byte) int64 {
	r, err := openTable(table)
	must(err)
	layout, err := r.Layout()
	must(err)
	for i := range layout.Data {
		at := int64(layout.Data[i].Offset)
		copied := append([]byte(nil), table...)
		copied[at] ^= bit
		if _, err := reader(copied)(row); err != nil {
			return at
		}
	}
	panic("disk: a value is in no block")
}

// bit is the one that flips.
const bit = 4

// flip flips a bit of a file where it lies, durably.
func flip(mem *vfs.MemFS, file string, at int64) {
	f, err := mem.OpenReadWrite(file, vfs.WriteCategoryUnspecified)
	must(err)
	b := make([]byte, 1)
	_, err = f.ReadAt(b, at)
	must(err)
	b[0] ^= bit
	_, err = f.WriteAt(b, at)
	must(errors.Join(err, f.Sync(), f.Close()))
}

// each calls f with every record that a store lists.
func each(s replica.Store, f func(*wire.Entry)) {
	var e wire.Entry
	for p := range kv.Partition(kv.Partitions) {
		if s.Digest(p).Records == 0 {
			continue
		}
		page, _, _ := s.Scan(p, replica.Cursor{Hash: p.First()}, nil, 1<<20)
		for rest, ok := wire.NextEntry(page, &e); ok; rest, ok = wire.NextEntry(rest, &e) {
			f(&e)
		}
	}
}

func isTable(path string) bool { return strings.HasSuffix(path, ".sst") }
