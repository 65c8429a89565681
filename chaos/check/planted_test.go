package check

import (
	"strings"
	"testing"

	"github.com/distributedstorage/ds/chaos/history"
)

const seeds = 20

// TestSoundStorePasses is the other half of the proof: what the planted faults are caught by is not noise.
func TestSoundStorePasses(t *testing.T) {
	for seed := range uint64(seeds) {
		ops, final, _ := newToy(planted{}).run(seed)
		if found := Run(ops, final, Options{Copies: 2}); len(found) != 0 {
			t.Fatalf("seed %d: a sound store is blamed: %v", seed, found)
		}
	}
}

func TestEarlyCorrectionOff(t *testing.T) {
	for seed := range uint64(seeds) {
		ops, final, _ := newToy(planted{earlyOff: true, lateOff: true}).run(seed)
		found := Run(ops, final, Options{Copies: 2})
		demand(t, seed, found, NoLoss, "older than the acknowledged")
		demand(t, seed, found, Conv, "is still owed it")
	}
}

func TestBufferDropped(t *testing.T) {
	for seed := range uint64(seeds) {
		ops, final, _ := newToy(planted{bufferDropped: true}).run(seed)
		found := Run(ops, final, Options{Copies: 2})
		demand(t, seed, found, NoLoss, "holds nothing")
		demand(t, seed, found, Fresh, "is not a linearizable register")
	}
}

// TestBufferDroppedAtTheEnd has no later write that hides the loss.
func TestBufferDroppedAtTheEnd(t *testing.T) {
	toy := newToy(planted{bufferDropped: true})
	toy.up = [3]bool{}
	op := toy.record(history.Write, "key-1", "v")
	toy.restartRouter()
	for s := range 3 {
		toy.start(s)
	}
	found := Run(ops(op), toy.final([]string{"key-1"}), Options{Copies: 2})
	demand(t, 0, found, NoLoss, "holds nothing")
	if Keys(found, Conv) != 0 {
		t.Fatalf("two copies that agree on nothing are reported as different: %v", found)
	}
}

func TestLateCorrectionOff(t *testing.T) {
	for seed := range uint64(seeds) {
		ops, final, lost := newToy(planted{lateOff: true}).run(seed)
		found := Run(ops, final, Options{Copies: 2})
		demand(t, seed, found, NoLoss, "holds nothing")
		demand(t, seed, found, Conv, "holds nothing")
		for _, f := range found {
			if f.Key != lost {
				t.Fatalf("seed %d: %s is blamed, %s was lost", seed, f, lost)
			}
		}
	}
}

// TestHeadOfLine blames keys that wait for a server which is none of theirs, and no sound store.
func TestHeadOfLine(t *testing.T) {
	for seed := range uint64(seeds) {
		for _, broken := range []bool{false, true} {
			toy := newToy(planted{headOfLine: broken})
			ops, _, _ := toy.run(seed)
			l := Liveness{Outages: toy.outages, Bound: 100, Placement: map[string][]int{}}
			for _, op := range ops {
				c := copiesOf(op.Key)
				l.Placement[op.Key] = c[:]
			}
			classes, found := l.Judge(ops)
			if broken {
				demand(t, seed, found, Live, "whose servers were all well")
			} else if len(found) > 0 || classes[1].Name != Healthy {
				t.Fatalf("seed %d: %v, a sound store is blamed: %v", seed, classes, found)
			}
		}
	}
}

// demand fails unless a finding of the rule names a key with the reason.
func demand(t *testing.T, seed uint64, found []Finding, rule Rule, reason string) {
	t.Helper()
	for _, f := range found {
		if f.Rule == rule && f.Key != "" && strings.Contains(f.Reason, reason) {
			return
		}
	}
	t.Fatalf("seed %d: no %s finding with %q among %d: %v", seed, rule, reason, len(found), found)
}
