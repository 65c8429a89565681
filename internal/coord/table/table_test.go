package table

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
)

// entry is the obviously correct twin of a slot.
type entry struct {
	head   kv.Head
	owed   Copies
	held   Copies
	record bool
	busy   bool
}

func randomHead(rng *rand.Rand) kv.Head {
	h := kv.Head{
		Version: kv.Version{Time: rng.Uint64(), Router: uint16(rng.Uint32())}, Kind: kv.Kind(1 + rng.IntN(2)),
		Checksum: rng.Uint64(), Length: rng.Uint32(),
	}
	if rng.IntN(2) == 0 {
		h.Expiry = int64(rng.Uint64())
	}
	return h
}

// inOnePartition keeps the low bits of a hash: the arena of one partition is exercised. The table makes hashes
// again from keys, so the keys must be of that partition by themselves.
func keysOf(p kv.Partition, db kv.DB, n int) (keys [][]byte) {
	for i := 0; len(keys) < n; i++ {
		key := fmt.Appendf(nil, "key-%0*d", i%300, i) // of many lengths
		if kv.HashKey(db, key).Partition() == p {
			keys = append(keys, key)
		}
	}
	return keys
}

// TestAgainstMap drives the table and a map with the same operations.
func TestAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var table Table
	keys := keysOf(5, 3, 600)
	twin := map[string]entry{}
	for step := range 200_000 {
		var buf Slot
		key := keys[rng.IntN(len(keys))]
		hash := kv.HashKey(3, key)
		slot := table.Find(3, hash, key, &buf)
		want, there := twin[string(key)]
		if there != (slot != nil) {
			t.Fatalf("step %d: %s: found %v, want %v", step, key, slot != nil, there)
		}
		if !there {
			want = entry{head: randomHead(rng), held: Copies(rng.IntN(4)), record: rng.IntN(2) == 0}
			slot = &Slot{Hash: hash, DB: 3, Head: want.head, Held: want.held, Record: want.record}
			table.Insert(slot, key)
			twin[string(key)] = want
			continue
		}
		if got := (entry{slot.Head, slot.Owed, slot.Held, slot.Record, slot.Busy}); got != want || string(table.Key(slot)) != string(key) {
			t.Fatalf("step %d: %s: %+v, want %+v", step, key, got, want)
		}
		change(rng, &table, slot, &want)
		if rng.IntN(3) == 0 {
			table.Remove(slot)
			delete(twin, string(key))
			continue
		}
		twin[string(key)] = want
	}
	checkWalk(t, &table, twin)
}

func change(rng *rand.Rand, table *Table, slot *Slot, want *entry) {
	switch rng.IntN(5) {
	case 0:
		want.head = randomHead(rng)
		table.SetHead(slot, want.head)
	case 1:
		want.owed = Copies(rng.IntN(4))
		table.SetOwed(slot, want.owed)
	case 2:
		want.held = Copies(rng.IntN(4))
		table.SetHeld(slot, want.held)
	case 3:
		want.record = !want.record
		table.SetRecord(slot, want.record)
	case 4:
		want.busy = !want.busy
		table.SetBusy(slot, want.busy)
	}
}

func checkWalk(t *testing.T, table *Table, twin map[string]entry) {
	var owed [2]uint32
	for _, e := range twin {
		for i := range owed {
			owed[i] += uint32(e.owed>>i) & 1
		}
	}
	seen, held := 0, 0
	var buf Slot
	for s, c := table.Next(5, Cursor{}, &buf); s != nil; s, c = table.Next(5, c, &buf) {
		seen++
		held += one(s.Held)
		if want := twin[string(table.Key(s))]; want.owed != s.Owed || want.head != s.Head {
			t.Errorf("%s: owed %b", table.Key(s), s.Owed)
		}
	}
	if held != table.PartHeld(5) {
		t.Errorf("%d entries are held, counted %d", held, table.PartHeld(5))
	}
	if seen != len(twin) || table.Len() != len(twin) || table.PartLen(5) != len(twin) {
		t.Errorf("walked %d, Len %d, PartLen %d, want %d", seen, table.Len(), table.PartLen(5), len(twin))
	}
	if table.Owed(5, 0) != owed[0] || table.Owed(5, 1) != owed[1] {
		t.Errorf("owed %d %d, want %v", table.Owed(5, 0), table.Owed(5, 1), owed)
	}
	full := table.Bytes()
	for key := range twin {
		if len(key)%2 == 0 {
			table.Remove(table.Find(3, kv.HashKey(3, []byte(key)), []byte(key), &buf))
			delete(twin, key)
		}
	}
	if table.Compact(5); table.Bytes() > full*3/4 || table.Len() != len(twin) {
		t.Errorf("half of the entries are gone, %d of %d bytes and %d entries are left", table.Bytes(), full, table.Len())
	}
	for key, want := range twin {
		if s := table.Find(3, kv.HashKey(3, []byte(key)), []byte(key), &buf); s == nil || s.Head != want.head {
			t.Errorf("%s was lost", key)
		}
	}
	if table.Bytes() != table.PartBytes(5) {
		t.Errorf("%d bytes, the only partition has %d", table.Bytes(), table.PartBytes(5))
	}
	if table.Drop(5); table.Len() != 0 || table.Bytes() != 0 {
		t.Errorf("dropped, and %d entries of %d bytes are left", table.Len(), table.Bytes())
	}
}

// TestWalkAcrossMoves: a walk whose partition was squeezed begins again and misses nobody that stayed.
func TestWalkAcrossMoves(t *testing.T) {
	var table Table
	keys := keysOf(5, 0, 400)
	for _, key := range keys {
		table.Insert(&Slot{Hash: kv.HashKey(0, key), Head: kv.Head{Kind: kv.Live}}, key)
	}
	var buf Slot
	s, c := table.Next(5, Cursor{}, &buf)
	for range 50 {
		s, c = table.Next(5, c, &buf)
	}
	stale := *s
	for i, key := range keys[:300] {
		table.Remove(table.Find(0, kv.HashKey(0, key), key, &buf))
		table.Insert(&Slot{Hash: kv.HashKey(0, key), Head: kv.Head{Kind: kv.Live, Expiry: int64(i + 1)}}, key)
	}
	seen := map[string]bool{}
	for s, c := table.Next(5, c, &buf); s != nil; s, c = table.Next(5, c, &buf) {
		seen[string(table.Key(s))] = true
	}
	if len(seen) != len(keys) {
		t.Errorf("the walk saw %d of %d entries", len(seen), len(keys))
	}
	defer func() {
		if recover() == nil {
			t.Error("a slot from before the move was written through")
		}
	}()
	table.SetOwed(&stale, 1)
}

// TestBytesPerEntry is the promise of 56 bytes an entry with a key of 16, at any size.
func TestBytesPerEntry(t *testing.T) {
	const most = 56.0
	var table Table
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	key, worst := make([]byte, 16), 0.0
	for i := range 1_200_000 {
		copy(key, fmt.Appendf(key[:0], "k%015d", i))
		table.Insert(&Slot{Hash: kv.HashKey(0, key), Head: kv.Head{Kind: kv.Live, Length: 100}}, key)
		if i >= 900_000 && i%1000 == 0 {
			worst = max(worst, float64(table.Bytes())/float64(table.Len()))
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	heap := float64(after.HeapAlloc-before.HeapAlloc) / float64(table.Len())
	t.Logf("%d entries: %.1f bytes each at worst, %.1f of the heap", table.Len(), worst, heap)
	if worst > most || heap > most {
		t.Errorf("an entry takes %.1f bytes, %.1f of the heap; at most %.0f", worst, heap, most)
	}
	runtime.KeepAlive(&table)
}

// BenchmarkTable/Find/Absent: go test ./internal/coord/table -run '^$' -bench Table
func BenchmarkTable(b *testing.B) {
	var table Table
	keys := make([][]byte, 1<<20)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "k%015d", i)
		if i%2 == 0 {
			table.Insert(&Slot{Hash: kv.HashKey(0, keys[i]), Head: kv.Head{Kind: kv.Live}}, keys[i])
		}
	}
	for name, odd := range map[string]int{"Present": 0, "Absent": 1} {
		b.Run("Find/"+name, func(b *testing.B) {
			var buf Slot
			for i := range b.N {
				key := keys[(i*2654435761&(1<<19-1))*2+odd]
				if (table.Find(0, kv.HashKey(0, key), key, &buf) == nil) != (odd == 1) {
					b.Fatal(i)
				}
			}
		})
	}
}
