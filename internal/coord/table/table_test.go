package table

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
)

// TestAgainstMap drives the table and an obviously correct twin with the same operations.
func TestAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var table Table
	twin := map[string]Copies{}
	for step := range 200_000 {
		key := fmt.Appendf(nil, "key-%d", rng.IntN(3000))
		hash := kv.HashKey(3, key)
		hash = hash & 0x003fffffffffffff // one partition, so that its arenas are exercised
		slot := table.Find(3, hash, key)
		if _, there := twin[string(key)]; there != (slot != nil) {
			t.Fatalf("step %d: %s: found %v, want %v", step, key, slot != nil, there)
		}
		switch {
		case slot == nil:
			slot = table.Insert(3, hash, key)
			table.SetOwed(slot, Copies(1+rng.IntN(3)))
			twin[string(key)] = slot.Owed
		case rng.IntN(2) == 0:
			table.Remove(slot)
			delete(twin, string(key))
		default:
			if slot.Owed != twin[string(key)] || string(table.Key(slot)) != string(key) {
				t.Fatalf("step %d: %s: %+v, want owed %b", step, key, slot, twin[string(key)])
			}
		}
	}
	checkCounts(t, &table, twin)
}

func checkCounts(t *testing.T, table *Table, twin map[string]Copies) {
	var owed [2]uint32
	for _, c := range twin {
		for i := range owed {
			owed[i] += uint32(c>>i) & 1
		}
	}
	seen := 0
	for s, i := table.Next(0, 0); s != nil; s, i = table.Next(0, i) {
		seen++
		if twin[string(table.Key(s))] != s.Owed {
			t.Errorf("%s: owed %b", table.Key(s), s.Owed)
		}
	}
	if seen != len(twin) || table.Len() != len(twin) || table.PartLen(0) != len(twin) {
		t.Errorf("walked %d, Len %d, PartLen %d, want %d", seen, table.Len(), table.PartLen(0), len(twin))
	}
	if table.Owed(0, 0) != owed[0] || table.Owed(0, 1) != owed[1] {
		t.Errorf("owed %d %d, want %v", table.Owed(0, 0), table.Owed(0, 1), owed)
	}
}
