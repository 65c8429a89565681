//go:build planted

package campaign

import (
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/planted"
)

// TestReport demands that a report has all that is needed to understand a failure and to see it again, and that shrinking leaves
// out clients and keys too.
func TestReport(t *testing.T) {
	defer planted.Plant(planted.None)
	for _, bug := range []planted.Bug{planted.MarkClearedEarly, planted.RecordNotKept} {
		planted.Plant(bug)
		failed := Options{First: 1, Seeds: 200, Workers: 1, Stop: 1}.Run().Failures
		if len(failed) == 0 {
			t.Fatalf("%s was not caught", planted.List[bug].Name)
		}
		text := Report(failed[0])
		for _, part := range []string{
			"seed ", failed[0].Failure.Promise, "deadline ", "durability ", "steps, ", " clients, ", " keys are left", "left after shrinking:\n  ",
			"again, with everything that happened: go run ./internal/sim/run -seed ", " -steps ",
		} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: the report lacks %q:\n%s", planted.List[bug].Name, part, text)
			}
		}
		replayed(t, text, failed[0])
	}
}

// replayed runs what the report's command runs.
func replayed(t *testing.T, text string, f Failed) {
	t.Helper()
	words := strings.Fields(text[strings.LastIndex(text, "go run "):])
	p := Draw(f.Seed)
	var skip []bool
	var err error
	for i, w := range words[:len(words)-1] {
		switch value := words[i+1]; w {
		case "-steps":
			skip, err = ParseKept(value, len(p.List))
		case "-without-clients":
			p.Silent.Clients, err = ParseNumbers(value)
		case "-without-keys":
			p.Silent.Keys, err = ParseNumbers(value)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if p.Silent == (Silence{}) {
		t.Errorf("no client and no key was left out: %s", strings.Join(words, " "))
	}
	if out := Run(p, skip, false); out.Failure == nil || out.Failure.Promise != f.Failure.Promise {
		t.Errorf("%s: got %v, want %v", strings.Join(words, " "), out.Failure, f.Failure)
	}
}
