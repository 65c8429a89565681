package coord

import (
	"fmt"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
)

// TestEqualHashesAreOtherKeys: short keys of different databases share hashes, and must not be taken for one another.
func TestEqualHashesAreOtherKeys(t *testing.T) {
	seen, equal := map[kv.Hash]bool{}, 0
	var c Core
	for db := range kv.DB(4) {
		for i := range 10 {
			o := &op{db: db, kind: OpSet, hash: kv.HashKey(db, fmt.Appendf(nil, "k-%d", i)), write: true}
			if seen[o.hash] {
				equal++
			}
			seen[o.hash] = true
			o.head.Version = kv.Version{Time: uint64(1000 - 10*int(db) - i)} // ever older
			c.flushes = make([]flush, 4)
			c.answered.begins(o)
			c.answerEnds(o)
		}
	}
	if equal == 0 {
		t.Error("no two keys have one hash: the test proves nothing")
	}
}
