package digest

import (
	"math/rand/v2"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
)

func head(version uint64) kv.Head {
	return kv.Head{Version: kv.Version{Time: version, Router: 1}, Kind: kv.Live, Checksum: version * 3}
}

func TestOrderDoesNotMatter(t *testing.T) {
	var a, b Digest
	order := rand.New(rand.NewPCG(1, 1)).Perm(100)
	for i := range 100 {
		a.Add(1, kv.Hash(i), head(uint64(i)))
		b.Add(1, kv.Hash(order[i]), head(uint64(order[i])))
	}
	if a != b {
		t.Errorf("%+v and %+v", a, b)
	}
	b.Remove(1, 5, head(5))
	b.Add(1, 5, head(500))
	if a == b {
		t.Error("another version has the same digest")
	}
	b.Remove(1, 5, head(500))
	b.Add(1, 5, head(5))
	if a != b {
		t.Error("the way back leads elsewhere")
	}
}

func TestEveryFieldCounts(t *testing.T) {
	base := kv.Head{Version: kv.Version{Time: 1, Router: 1}, Kind: kv.Live, Expiry: 1, Checksum: 1, Length: 1}
	seen := map[uint64]string{Item(0, 1, base): "base"}
	for name, item := range map[string]uint64{
		"db":       Item(1, 1, base),
		"hash":     Item(0, 2, base),
		"version":  Item(0, 1, kv.Head{Version: kv.Version{Time: 2, Router: 1}, Kind: kv.Live, Expiry: 1, Checksum: 1, Length: 1}),
		"kind":     Item(0, 1, kv.Head{Version: base.Version, Kind: kv.Tombstone, Expiry: 1, Checksum: 1, Length: 1}),
		"expiry":   Item(0, 1, kv.Head{Version: base.Version, Kind: kv.Live, Expiry: 2, Checksum: 1, Length: 1}),
		"checksum": Item(0, 1, kv.Head{Version: base.Version, Kind: kv.Live, Expiry: 1, Checksum: 2, Length: 1}),
	} {
		if other, there := seen[item]; there {
			t.Errorf("%s does not change the item of %s", name, other)
		}
		seen[item] = name
	}
}
