package directory

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
)

// one is a key with its head in the twin: a map, sorted when asked.
type one struct {
	db   kv.DB
	key  string
	head kv.Head
}

func (o one) hash() kv.Hash { return kv.HashKey(o.db, []byte(o.key)) }

func compareOnes(a, b one) int {
	switch x, y := a.hash(), b.hash(); {
	case a.db != b.db:
		return int(a.db) - int(b.db)
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return bytes.Compare([]byte(a.key), []byte(b.key))
}

func TestSlotSize(t *testing.T) {
	if size := unsafe.Sizeof(slot{}); size != 56 {
		t.Errorf("a slot has %d bytes, want 56", size)
	}
}

// keysIn are n keys of a database that fall into a partition, of 8 to 72 bytes.
func keysIn(p kv.Partition, db kv.DB, n int) []string {
	var keys []string
	var key [72]byte
	for i := uint64(0); len(keys) < n; i++ {
		binary.BigEndian.PutUint64(key[:], i)
		if k := key[:8+i%65]; kv.HashKey(db, k).Partition() == p {
			keys = append(keys, string(k))
		}
	}
	return keys
}

// TestTwin compares the directory with a sorted map, while one partition grows to hundreds of keys,
// shrinks and grows again.
func TestTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	const p = kv.Partition(77)
	var keys []one
	for db := range kv.DB(3) {
		for _, key := range keysIn(p, db, 300) {
			keys = append(keys, one{db: db, key: key})
		}
	}
	var d Directory
	twin := map[one]kv.Head{}
	for round := range 6 {
		for i := range 2500 {
			o := keys[rng.IntN(len(keys))]
			if rng.IntN(10) < 3+4*(round%2) {
				_, had := twin[o]
				if removed := d.Remove(o.db, o.hash(), []byte(o.key)); removed != had {
					t.Fatalf("Remove(%q) = %v, want %v", o.key, removed, had)
				}
				delete(twin, o)
				continue
			}
			h := kv.Head{Version: kv.Version{Time: rng.Uint64N(1000), Router: uint16(i)}, Kind: kv.Kind(1 + rng.IntN(2)),
				Expiry: rng.Int64(), Checksum: rng.Uint64(), Length: rng.Uint32()}
			d.Put(o.db, o.hash(), []byte(o.key), h, replica.LSN(i))
			if e, ok := d.Get(o.db, o.hash(), []byte(o.key)); !ok || e != (Entry{Head: h, LSN: replica.LSN(i)}) {
				t.Fatalf("Get(%q) = %+v, %v", o.key, e, ok)
			}
			twin[o] = h
		}
		compareTwin(t, rng, &d, p, twin)
	}
}

func compareTwin(t *testing.T, rng *rand.Rand, d *Directory, p kv.Partition, twin map[one]kv.Head) {
	t.Helper()
	var want []one
	var sum digest.Digest
	for o, h := range twin {
		sum.Add(o.db, o.hash(), h)
		o.head = h
		want = append(want, o)
	}
	slices.SortFunc(want, compareOnes)
	if got := d.Digest(p); got != sum || d.Live() != uint64(sum.Live) {
		t.Fatalf("digest %+v, %d live; want %+v", got, d.Live(), sum)
	}
	walk(t, d.Seek(p, replica.Cursor{}), want)
	for range 50 {
		at := rng.IntN(len(want))
		o := want[at]
		walk(t, d.Seek(p, replica.Cursor{DB: o.db, Hash: o.hash()}), want[at:])
		walk(t, d.Seek(p, replica.Cursor{DB: o.db, Hash: o.hash(), Key: []byte(o.key)}), want[at+1:])
		walk(t, d.Seek(p, replica.Cursor{DB: o.db, Hash: o.hash() - 1}), want[at:])
	}
}

func walk(t *testing.T, it Iterator, want []one) {
	t.Helper()
	for i, o := range want {
		if !it.Next() || it.DB() != o.db || string(it.Key()) != o.key || it.Head() != o.head {
			t.Fatalf("entry %d of %d is not %q of %d", i, len(want), o.key, o.db)
		}
	}
	if it.Next() {
		t.Fatalf("an entry too many: %q", it.Key())
	}
}

func TestEmptyTablesGo(t *testing.T) {
	var d Directory
	hash := kv.HashKey(4, []byte("a"))
	d.Put(4, hash, []byte("a"), kv.Head{Kind: kv.Live}, 1)
	if d.Count(hash.Partition(), 4) != 1 || !d.Mark(4, hash, []byte("a"), true) {
		t.Fatal("a is not there")
	}
	if e, _ := d.Get(4, hash, []byte("a")); !e.Rotten {
		t.Error("the mark is not there")
	}
	d.Remove(4, hash, []byte("a"))
	if n := len(d.parts[hash.Partition()]); n != 0 {
		t.Errorf("%d tables are left", n)
	}
	if d.Mark(4, hash, []byte("a"), true) || d.Remove(4, hash, []byte("a")) {
		t.Error("a is still there")
	}
}

// TestKeysDoNotPileUp: the room of removed keys and slots is used again.
func TestKeysDoNotPileUp(t *testing.T) {
	var d Directory
	keys := keysIn(9, 0, 300)
	for i := range 20_000 {
		key := []byte(keys[i%len(keys)])
		d.Put(0, kv.HashKey(0, key), key, kv.Head{Kind: kv.Live}, 1)
		if i >= 100 {
			old := []byte(keys[(i-100)%len(keys)])
			if !d.Remove(0, kv.HashKey(0, old), old) {
				t.Fatalf("%x is not there", old)
			}
		}
	}
	in := d.table(9, 0)
	if in.count != 100 || len(in.slots) > 200 || cap(in.keys) > 100_000 {
		t.Errorf("%d slots and %d bytes of keys for %d records", len(in.slots), cap(in.keys), in.count)
	}
}
