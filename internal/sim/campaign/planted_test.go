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

// TestPlanted demands that the campaign catches every planted bug, and the assertion that is meant for it breaks. make
// planted writes the table of docs/testing.md anew; with -short only those are tried that the table says are caught at once.
func TestPlanted(t *testing.T) {
	defer planted.Plant(planted.None)
	rows := readTable(t)
	for b := planted.None + 1; b < planted.Bugs; b++ {
		about := planted.List[b]
		if *only != "" && *only != about.Name || testing.Short() && !rows[about.Text].soon() {
			continue
		}
		rows[about.Text] = caught(t, b)
	}
	if *only == "" && !testing.Short() {
		checkTable(t, "planted bugs", formatTable(rows))
	}
}

// caught runs the campaign against a bug until it was caught as it is meant to be.
func caught(t *testing.T, b planted.Bug) caughtRow {
	about := planted.List[b]
	promise := ""
	if about.Assertion != 0 {
		promise = fmt.Sprintf("ASSERTED %d", about.Assertion)
	}
	for from, left := uint64(1), *limit; left > 0; {
		planted.Plant(b)
		first := Options{First: from, Seeds: left, Workers: runtime.GOMAXPROCS(0), Stop: 1, Promise: promise}.Run().First(promise)
		planted.Plant(planted.None)
		if first == nil {
			break
		}
		if Run(Draw(first.Seed), nil, false).Failure == nil {
			t.Logf("%s: seed %d: %.200v", about.Name, first.Seed, first.Failure)
			return caughtRow{first.Failure.Promise, first.Seed}
		}
		t.Logf("seed %d fails without %s too", first.Seed, about.Name)
		left -= first.Seed + 1 - from
		from = first.Seed + 1
	}
	t.Errorf("%s (%s) was not caught in %d seeds as it is meant to be: %q", about.Name, about.Text, *limit, promise)
	return caughtRow{}
}

// soonSeeds is within how many seeds a bug is caught that is tried on every change.
const soonSeeds = 20

func (c caughtRow) soon() bool { return c.seeds > 0 && c.seeds <= soonSeeds }

// formatTable makes the table's lines.
func formatTable(rows map[string]caughtRow) []string {
	lines := []string{"| bug | breaks | caught as | seeds |", "|---|---|---|---|"}
	for b := planted.None + 1; b < planted.Bugs; b++ {
		about := planted.List[b]
		rule, row := planted.Rules[about.Rule], rows[about.Text]
		lines = append(lines, fmt.Sprintf("| %s | %s: %s | %s | %d |", about.Text, rule.Section, rule.Text, row.promise, row.seeds))
	}
	return lines
}
