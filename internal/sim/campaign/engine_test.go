package campaign

import "testing"

// seedsWith are the first seeds whose parameters are so.
func seedsWith(n int, so func(*Plan) bool) (seeds []uint64) {
	for seed := uint64(1); len(seeds) < n; seed++ {
		if so(Draw(seed)) {
			seeds = append(seeds, seed)
		}
	}
	return seeds
}

// sameTwice demands that each seed gives the same trace twice, and that the states are reached by some.
func sameTwice(t *testing.T, seeds []uint64, reached ...state) {
	t.Helper()
	seen := [states]uint32{}
	for _, seed := range seeds {
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
	for _, s := range reached {
		if seen[s] == 0 {
			t.Errorf("never reached: %s", StateNames[s])
		}
	}
}

// TestSameSeedSameTraceDurable: whatever Pebble's goroutines do under the servers, nobody sees it.
func TestSameSeedSameTraceDurable(t *testing.T) {
	sameTwice(t, seedsWith(50, func(p *Plan) bool { return p.Engine == engineDurable }),
		stateCompacted, stateCutInside, stateCutOpen, stateTornLog, stateRotBlock, stateRotHeads, stateUnread, stateSpoiledRefused, stateSpoiledOpened)
}

// TestSameSeedSameTraceJournal: nor under the router.
func TestSameSeedSameTraceJournal(t *testing.T) {
	sameTwice(t, seedsWith(36, func(p *Plan) bool { return p.Journal == engineDurable }),
		stateJournalCut, stateJournalTorn, stateJournalReopened, stateJournalCached, stateJournalFull)
}
