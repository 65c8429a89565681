package campaign

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var (
	seedCount = flag.Uint64("seeds", 150, "how many seeds TestCampaign runs")
	rewrite   = flag.Bool("rewrite", false, "write the tables of docs/testing.md anew")
)

// TestCampaign is a short campaign; make sim runs a long one.
func TestCampaign(t *testing.T) {
	totals := Options{First: 1, Seeds: *seedCount, Workers: runtime.GOMAXPROCS(0), Stop: 3}.Run()
	for _, f := range totals.Failures {
		t.Error(Report(f))
	}
}

// TestSameSeedSameTrace: a failure that can't be repeated can't be mended.
func TestSameSeedSameTrace(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		a, b := Run(Draw(seed), nil, true), Run(Draw(seed), nil, true)
		if a.Hash != b.Hash || a.Trace == "" {
			t.Errorf("seed %d: traces %x and %x", seed, a.Hash, b.Hash)
		}
	}
}

func TestKeptSteps(t *testing.T) {
	skip := []bool{true, false, false, true, false, true}
	if text := FormatKept(skip); text != "1-2,4" {
		t.Error(text)
	}
	if got, err := ParseKept("1-2,4", 6); err != nil || !slices.Equal(got, skip) {
		t.Error(got, err)
	}
	if _, err := ParseKept("3-9", 6); err == nil {
		t.Error("no error about a step that is not there")
	}
}

// TestFaultTable demands that every fault of the table in docs/testing.md is injected by something, and that the table says
// by what. go test ./internal/sim/campaign -run TestFaultTable -rewrite
func TestFaultTable(t *testing.T) {
	lines, missing := Covered()
	for _, m := range missing {
		t.Errorf("nothing injects: %s", m)
	}
	checkTable(t, "faults", lines)
}

// checkTable compares a table of docs/testing.md, between its two marks, with its lines.
func checkTable(t *testing.T, name string, lines []string) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "docs", "testing.md")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
	before, rest, ok1 := strings.Cut(string(b), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("docs/testing.md has no table %s", name)
	}
	want := strings.Join(lines, "\n") + "\n"
	if *rewrite {
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != want {
		t.Errorf("the table %s of docs/testing.md is not what the code does: run with -rewrite", name)
	}
}

func TestNumbers(t *testing.T) {
	if text := FormatNumbers(0b1101); text != "0,2,3" {
		t.Error(text)
	}
	if set, err := ParseNumbers("0,2,3"); err != nil || set != 0b1101 {
		t.Error(set, err)
	}
	if _, err := ParseNumbers("64"); err == nil {
		t.Error("no error about a number that does not fit")
	}
}
