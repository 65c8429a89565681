//go:build planted

package campaign

import (
	"flag"
	"fmt"
	"runtime"
	"testing"

	"github.com/distributedstorage/ds/internal/planted"
)

// plantedSeeds is within how many seeds each planted bug must be caught.
const plantedSeeds = 2000

var (
	only  = flag.String("bug", "", "plant only this bug")
	limit = flag.Uint64("limit", plantedSeeds, "within how many seeds it must be caught")
)

// TestPlanted demands that the campaign catches every planted bug. make planted writes the table of docs/testing.md anew.
func TestPlanted(t *testing.T) {
	defer planted.Plant(planted.None)
	lines := []string{"| bug | breaks | caught as | seeds |", "|---|---|---|---|"}
	for b := planted.None + 1; b < planted.Bugs; b++ {
		about := planted.List[b]
		if *only != "" && *only != about.Name {
			continue
		}
		planted.Plant(b)
		totals := Options{First: 1, Seeds: *limit, Workers: runtime.GOMAXPROCS(0), Stop: 1}.Run()
		first := Failed{}
		for _, f := range totals.Failures {
			if first.Failure == nil || f.Seed < first.Seed {
				first = f
			}
		}
		if planted.Plant(planted.None); first.Failure != nil && Run(Draw(first.Seed), nil, false).Failure != nil {
			t.Errorf("seed %d fails without %s too: %v", first.Seed, about.Name, first.Failure)
			continue
		}
		if first.Failure == nil {
			t.Errorf("%s (%s) was not caught in %d seeds", about.Name, about.Text, totals.Seeds)
			continue
		}
		t.Logf("%s: seed %d: %.200v", about.Name, first.Seed, first.Failure)
		lines = append(lines, fmt.Sprintf("| %s | %s | %s | %d |", about.Text, about.Rule, first.Failure.Promise, first.Seed))
	}
	if *only == "" {
		checkTable(t, "planted bugs", lines)
	}
}
