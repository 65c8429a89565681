package kv

import (
	"slices"
	"testing"
)

func TestHeadOrder(t *testing.T) {
	v := func(time uint64, router uint16) Version { return Version{time, router} }
	rising := []Head{
		{},
		{Kind: Live, Version: v(1, 1), Checksum: 5},
		{Kind: Live, Version: v(1, 1), Checksum: 6},
		{Kind: Tombstone, Version: v(1, 1), Checksum: 1},
		{Kind: Live, Version: v(1, 2)},
		{Kind: Live, Version: v(2, 1)},
	}
	for i, a := range rising {
		for j, b := range rising {
			if got := a.Compare(b); got != compareInts(i, j) {
				t.Errorf("compare %+v with %+v: %d", a, b, got)
			}
			if a.Newer(b) != (i > j) {
				t.Errorf("%+v newer than %+v: %v", a, b, a.Newer(b))
			}
		}
	}
	if !slices.IsSortedFunc(rising, Head.Compare) {
		t.Error("not sorted")
	}
}

func compareInts(i, j int) int {
	switch {
	case i < j:
		return -1
	case i > j:
		return 1
	}
	return 0
}

func TestHeadEncoding(t *testing.T) {
	h := Head{Version: Version{1<<63 | 7, 65535}, Kind: Tombstone, Expiry: -1, Checksum: 1 << 63, Length: 1 << 31}
	b := h.Append(nil)
	if len(b) != HeadSize || DecodeHead(b) != h {
		t.Errorf("%d bytes decode to %+v, want %+v", len(b), DecodeHead(b), h)
	}
}

func TestVersionText(t *testing.T) {
	v := Version{Time: 1700000000000<<16 | 42, Router: 3}
	if v.String() != "1700000000000.42.3" {
		t.Errorf("%s", v)
	}
	if back, err := ParseVersion(v.String()); err != nil || back != v {
		t.Errorf("parsed %v, %v", back, err)
	}
	for _, bad := range []string{"", "1.2", "1.2.3.4", "1.65536.3", "a.b.c", "281474976710656.0.1"} {
		if _, err := ParseVersion(bad); err == nil {
			t.Errorf("%q was parsed", bad)
		}
	}
}

// TestPlacementIsFixed pins the hash: another one would lose every key of every volume.
func TestPlacementIsFixed(t *testing.T) {
	for _, c := range []struct {
		db   DB
		key  string
		want Hash
	}{{0, "key", 0xbbea0d63a05165e3}, {1, "key", 0xc37033bf42105f2}, {0, "", 0x2d06800538d394c2}} {
		got := HashKey(c.db, []byte(c.key))
		if got != c.want {
			t.Errorf("hash of %q in database %d is %#x, want %#x", c.key, c.db, uint64(got), uint64(c.want))
		}
		if got.Partition() >= Partitions || got < got.Partition().First() {
			t.Errorf("partition %d of %#x", got.Partition(), uint64(got))
		}
	}
}

func TestLiveAt(t *testing.T) {
	for _, c := range []struct {
		h    Head
		at   int64
		want bool
	}{
		{Head{}, 5, false},
		{Head{Kind: Tombstone}, 5, false},
		{Head{Kind: Live}, 5, true},
		{Head{Kind: Live, Expiry: 5}, 4, true},
		{Head{Kind: Live, Expiry: 5}, 5, false},
	} {
		if got := c.h.LiveAt(c.at); got != c.want {
			t.Errorf("%+v at %d: %v", c.h, c.at, got)
		}
	}
}

func TestChecksumCoversKindAndExpiry(t *testing.T) {
	base := Checksum(Live, 7, []byte("v"))
	for _, other := range []uint64{
		Checksum(Tombstone, 7, []byte("v")), Checksum(Live, 8, []byte("v")), Checksum(Live, 7, []byte("w")),
	} {
		if other == base {
			t.Error("two different records have one checksum")
		}
	}
}
