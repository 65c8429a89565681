package ring

import (
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
)

func TestCopiesFollowHome(t *testing.T) {
	g := New(3, 1, 16)
	for p := range kv.Partition(kv.Partitions) {
		home := g.Home(p)
		if g.Server(p, 0) != home || g.Server(p, 1) != (home+1)%3 {
			t.Fatalf("partition %d: home %d, copies on %d and %d", p, home, g.Server(p, 0), g.Server(p, 1))
		}
		for s := range Server(3) {
			want := -1
			switch s {
			case home:
				want = 0
			case (home + 1) % 3:
				want = 1
			}
			if got := g.Copy(p, s); got != want {
				t.Fatalf("partition %d: server %d has copy %d, want %d", p, s, got, want)
			}
		}
	}
}

func TestHeld(t *testing.T) {
	for _, g := range []Geometry{New(1, 0, 1), New(3, 1, 1), New(5, 4, 1), New(7, 0, 1)} {
		for s := range Server(g.Servers) {
			for _, first := range []kv.Partition{0, 4, kv.Partitions - 9} {
				p := first
				for held, i := range g.Held(s, first, kv.Partitions) {
					for ; p < held; p++ {
						if g.Copy(p, s) >= 0 {
							t.Fatalf("%v: partition %d of server %d is left out", g, p, s)
						}
					}
					if i != g.Copy(p, s) || i < 0 {
						t.Fatalf("%v: copy %d of partition %d is that of server %d", g, i, p, s)
					}
					p++
				}
				if p+kv.Partition(g.Servers) <= kv.Partitions {
					t.Fatalf("%v: it ends before partition %d for server %d", g, p, s)
				}
			}
		}
	}
}

func TestValidateReportsEveryFault(t *testing.T) {
	if faults := New(3, 1, 16).Validate(); len(faults) != 0 {
		t.Errorf("a good geometry: %v", faults)
	}
	if faults := New(65, 7, 0).Validate(); len(faults) != 3 {
		t.Errorf("three faults: %v", faults)
	}
	if faults := New(2, 2, 1).Validate(); len(faults) != 1 {
		t.Errorf("more copies than servers: %v", faults)
	}
}
