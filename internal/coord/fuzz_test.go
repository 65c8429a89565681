package coord_test

import (
	"testing"

	"github.com/distributedstorage/ds/internal/allocs"
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// go test -fuzz FuzzRestore -fuzztime 60s ./internal/coord

// FuzzRestore gives any rows to a new core: each is taken or refused, and a core that took them starts. Whatever
// they say of numbers, they cost little.
func FuzzRestore(f *testing.F) {
	for _, kind := range "mtadevfs" {
		f.Add([]byte(string(kind)), make([]byte, 8), []byte(string(kind)+"abcdefgh"), make([]byte, 60))
		f.Add([]byte(string(kind)+"\x00\x01"), []byte{0xff, 0xff}, []byte(string(kind)+"\x00\x01\x00\x02key"), make([]byte, 31))
	}
	f.Fuzz(func(t *testing.T, key1, value1, key2, value2 []byte) {
		cfg := coord.DefaultConfig()
		cfg.Geometry = ring.New(3, 1, 16)
		cfg.Cluster, cfg.Journal, cfg.Router, cfg.Epoch = kv.ID{1}, kv.ID{2}, 1, 1
		c := coord.New(cfg)
		cost := allocs.Of(func() {
			if c.Restore(key1, value1) == nil && c.Restore(key2, value2) == nil {
				var e coord.Effects
				c.Start(coord.Now{Wall: 1_700_000_000_000, Mono: 1}, &e)
			}
		})
		if given := len(key1) + len(value1) + len(key2) + len(value2); cost > int64(1<<20+16*given) {
			t.Fatalf("%d bytes of rows cost %d", given, cost)
		}
	})
}
