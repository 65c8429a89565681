package campaign

import "testing"

// durableSeeds are the first seeds whose servers keep their data in the durable engine.
func durableSeeds(n int) (seeds []uint64) {
	for seed := uint64(1); len(seeds) < n; seed++ {
		if Draw(seed).Engine == engineDurable {
			seeds = append(seeds, seed)
		}
	}
	return seeds
}

// TestSameSeedSameTraceDurable: whatever Pebble's goroutines do, nobody sees it.
func TestSameSeedSameTraceDurable(t *testing.T) {
	seen := [states]uint32{}
	for _, seed := range durableSeeds(40) {
		a, b := Run(Draw(seed), nil, true), Run(Draw(seed), nil, true)
		if a.Hash != b.Hash || a.Seen != b.Seen || a.Trace == "" {
			t.Errorf("seed %d: traces %x and %x, states %v and %v", seed, a.Hash, b.Hash, a.Seen, b.Seen)
		}
		if a.Failure != nil {
			t.Errorf("seed %d: %v", seed, a.Failure)
		}
		for s := range seen {
			seen[s] += a.Seen[s]
		}
	}
	for _, s := range []state{stateCompacted, stateCutInside, stateCutOpen, stateTornLog} {
		if seen[s] == 0 {
			t.Errorf("never reached: %s", StateNames[s])
		}
	}
}
