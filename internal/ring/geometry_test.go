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
