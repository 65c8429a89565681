package sim

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/distributedstorage/ds/internal/coord"
)

var (
	oneSeed   = flag.Uint64("seed", 0, "the only seed that TestRandom runs, with its whole trace on failure")
	seedCount = flag.Uint64("seeds", 500, "how many seeds TestRandom runs")
	firstSeed = flag.Uint64("first", 1, "the first of them")
	failures  = flag.Int("failures", 3, "after how many failing seeds TestRandom gives up")
)

// rare is what a campaign must have reached, or it proves nothing.
var rare = []coord.EventKind{
	coord.EventOwed, coord.EventBuffered, coord.EventPaid, coord.EventLateCorrection, coord.EventDirty, coord.EventClean,
	coord.EventServerWiped, coord.EventServerRolledBack, coord.EventServerAway, coord.EventServerBehind,
	coord.EventFlush, coord.EventPause, coord.EventSweepDifference, coord.EventServerSlow, coord.EventServerKeepsUp,
}

// TestRandom runs a world a seed: faults first, then it heals everything and demands what faults can't
// excuse. One seed again: go test ./internal/sim -run TestRandom -seed=N
func TestRandom(t *testing.T) {
	seen, faults := map[coord.EventKind]int{}, map[string]int{}
	first, last := *firstSeed, *firstSeed+*seedCount
	if *oneSeed != 0 {
		first, last = *oneSeed, *oneSeed+1
	}
	failed := 0
	for seed := first; seed < last && failed < *failures; seed++ {
		r := runSeed(seed, true)
		for k, n := range r.seen {
			seen[k] += n
		}
		for k, n := range r.answers {
			faults[k] += n
		}
		if r.err != nil {
			failed++
			report(t, seed, r.err)
		}
	}
	if *oneSeed != 0 || failed > 0 {
		return
	}
	t.Logf("answers %v", faults)
	for _, k := range rare {
		if seen[k] == 0 && *seedCount >= 200 {
			t.Errorf("no seed reached %s (%d)", eventNames[k], k)
		}
	}
	for _, k := range []string{"BUSY", "NOSERVER", "UNKNOWN", "lost with the router"} {
		if faults[k] == 0 && *seedCount >= 200 {
			t.Errorf("no request was answered %s", k)
		}
	}
}

// report runs a failed seed again with its trace.
func report(t *testing.T, seed uint64, err error) {
	r := runSeed(seed, false)
	lines := strings.Split(r.log.String(), "\n")
	if *oneSeed == 0 {
		lines = tail(lines, r.suspect, 60)
	}
	t.Errorf("seed %d: %v\n%s\n%s\nagain: go test ./internal/sim -run TestRandom -seed=%d",
		seed, err, r.params(), strings.Join(lines, "\n"), seed)
}

// tail is the last lines about the key and about nobody's key in particular.
func tail(lines []string, key string, most int) []string {
	var kept []string
	for _, l := range lines {
		if key == "" || strings.Contains(l, key) || strings.HasPrefix(l, "*") || strings.HasPrefix(l, "#") {
			kept = append(kept, l)
		}
	}
	return kept[max(0, len(kept)-most):]
}

// TestSameSeedSameTrace: a failure that can't be repeated can't be mended.
func TestSameSeedSameTrace(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		a, b := runSeed(seed, false), runSeed(seed, false)
		if x, y := xxh3.HashString(a.log.String()), xxh3.HashString(b.log.String()); x != y {
			t.Errorf("seed %d: traces %x and %x", seed, x, y)
		}
	}
}

func runSeed(seed uint64, quiet bool) (r *campaign) {
	r = newCampaign(seed, quiet)
	defer func() {
		if p := recover(); p != nil {
			if e, ok := p.(runtimeError); ok {
				r.err = fmt.Errorf("panic: %w", e)
				r.stack()
			} else {
				r.err = fmt.Errorf("panic: %v", p)
			}
			r.flushTrace()
		}
	}()
	r.run()
	r.flushTrace()
	return r
}
