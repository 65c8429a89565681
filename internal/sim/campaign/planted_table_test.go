package campaign

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/planted"
)

// caughtRow is what the table of docs/testing.md says of a bug: by what it was caught, within how many seeds.
type caughtRow struct {
	promise string
	seeds   uint64
}

// readTable reads the table of planted bugs, by what they are.
func readTable(t *testing.T) map[string]caughtRow {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "testing.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "<!-- planted bugs -->\n")
	table, _, _ := strings.Cut(rest, "<!-- end of planted bugs -->")
	rows := map[string]caughtRow{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		if len(cells) != 4 {
			continue
		}
		seeds, _ := strconv.ParseUint(strings.TrimSpace(cells[3]), 10, 64)
		rows[strings.TrimSpace(cells[0])] = caughtRow{strings.TrimSpace(cells[2]), seeds}
	}
	return rows
}

// unseen is the run-time assertions of which the table need not tell that they broke.
var unseen = map[int]string{
	9: "there is no collection of tombstones yet",
}

// TestPlantedTable demands that the table tells of every bug that it was caught, and that every run-time assertion has been seen
// to break.
func TestPlantedTable(t *testing.T) {
	rows := readTable(t)
	broke := map[string]bool{}
	for b := planted.None + 1; b < planted.Bugs; b++ {
		about := planted.List[b]
		row := rows[about.Text]
		switch {
		case row.promise == "" || row.seeds == 0:
			t.Errorf("%s: the table does not say that it was caught: run make planted", about.Name)
		case about.Assertion != 0 && row.promise != fmt.Sprintf("ASSERTED %d", about.Assertion):
			t.Errorf("%s was caught as %s, assertion %d is meant for it", about.Name, row.promise, about.Assertion)
		}
		broke[row.promise] = true
	}
	if len(rows) != int(planted.Bugs)+1 { // and the two lines of its head
		t.Errorf("the table has %d lines, there are %d bugs", len(rows), planted.Bugs-1)
	}
	for n := 1; n <= planted.Assertions; n++ {
		if unseen[n] == "" && !broke[fmt.Sprintf("ASSERTED %d", n)] {
			t.Errorf("no planted bug is caught by assertion %d", n)
		}
	}
}
