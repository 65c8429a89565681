package coord

import (
	"bytes"
	"testing"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// go test -fuzz FuzzRows -fuzztime 60s ./internal/coord

// FuzzRows takes rows of the kinds that a core writes again as a whole: it writes them as it found them.
func FuzzRows(f *testing.F) {
	f.Add(byte('m'), uint16(0), []byte(nil), countingTo(40))
	f.Add(byte('o'), uint16(0), []byte(nil), countingTo(adoptedSize))
	f.Add(byte('e'), uint16(3), []byte("key"), append(kv.Head{Kind: kv.Live, Expiry: 5, Length: 6}.Append(nil), 1, 2, 1))
	f.Fuzz(func(t *testing.T, kind byte, db uint16, key, row []byte) {
		cfg := DefaultConfig()
		cfg.Geometry = ring.New(3, 1, 16)
		c := New(cfg)
		slot := &table.Slot{DB: kv.DB(db), Hash: kv.HashKey(kv.DB(db), key)}
		name := []byte{kind}
		if kind == rowEntry {
			name = be.AppendUint16(name, uint16(slot.Hash.Partition()))
			name = be.AppendUint16(name, db)
			name = append(be.AppendUint64(name, uint64(slot.Hash)), key...)
		}
		if c.Restore(name, row) != nil {
			return
		}
		switch kind {
		case 'm':
			if got := c.appendMeta(&c.journal.durable); !bytes.Equal(got, row) {
				t.Fatalf("%x became %x", row, got)
			}
		case 'o':
			if got := c.adopted.append(nil); !bytes.Equal(got, row) {
				t.Fatalf("%x became %x", row, got)
			}
		case rowEntry:
			found := c.table.Find(slot.DB, slot.Hash, key, slot)
			if found == nil || !bytes.Equal(c.entryKey(found), name) || !bytes.Equal(found.Head.Append(nil), row[:kv.HeadSize]) {
				t.Fatalf("row %x of %q is not found, or another", row, name)
			}
		}
	})
}

func countingTo(n int) (b []byte) {
	for i := range n {
		b = append(b, byte(i))
	}
	return b
}
