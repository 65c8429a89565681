package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/chaos/account"
	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/timeline"
)

const second = int64(1e9)

func played() *account.Scenario {
	return &account.Scenario{
		Name: "walk", About: "one <server>", Seed: 7, Duration: 12, Writes: 12_000, Acknowledged: 11_000, Converge: 0.4,
		Classes: []check.Class{{Name: check.Healthy, Count: 400, P50: 2, P99: 30, Max: 123}},
		Worst:   map[string]float64{"kill": 88},
		Course: account.Course{
			Seconds: 12, Rates: make([]timeline.Rate, 25),
			Samples: []timeline.Sample{{At: second, Known: true, Owed: 3}, {At: 2 * second}, {At: 3 * second, Known: true, Owed: 5}},
			Bands:   []timeline.Band{{Service: "server-1", Action: "kill", From: 2 * second, Mended: 5 * second, To: 7 * second}},
		},
	}
}

// TestPage wants one file that loads nothing, with the verdict at the top and every fault on the timeline.
func TestPage(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new")
	bad := played()
	bad.Name = "pause"
	bad.Findings = make([]check.Finding, findingsShown+3)
	bad.Findings[0] = check.Finding{Rule: check.NoLoss, Key: "0/k<1>", Reason: "gone"}
	files, err := Write(folder, []*account.Scenario{played(), bad, {Name: "none", Fault: "no disk"}}, "make chaos SEED=7")
	if err != nil {
		t.Fatal(err)
	}
	text := read(t, files[1])
	for _, want := range []string{
		"<title>Chaos: failed, seed 7</title>", "make chaos SEED=7", "0/k&lt;1&gt;: gone", "and 3 more", "no disk", "11\u2009000", "one &lt;server&gt;",
		"server-1: kill at 2.0 s, mended after 3.0 s, in sync after 5.0 s", "prefers-color-scheme: dark", "healthy: only others broken", "123 ms",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	for _, never := range []string{"http://", "https://", "<script", "<link", "url(", "ZgotmplZ", "NaN"} {
		if strings.Contains(text, never) {
			t.Errorf("%q on the page", never)
		}
	}
	if len(files) != 2 || strings.Count(text, "<svg") != 2 {
		t.Errorf("%v with %d charts", files, strings.Count(text, "<svg"))
	}
}

func TestJSONIsTheSame(t *testing.T) {
	files, err := Write(t.TempDir(), []*account.Scenario{played()}, "")
	if err != nil {
		t.Fatal(err)
	}
	var back []account.Scenario
	if err := json.Unmarshal([]byte(read(t, files[0])), &back); err != nil {
		t.Fatal(err)
	}
	if len(back) != 1 || back[0].Acknowledged != 11_000 || len(back[0].Course.Bands) != 1 || back[0].Classes[0].P99 != 30 {
		t.Fatalf("%+v", back)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAxis(t *testing.T) {
	for value, want := range map[float64]float64{0: 1, 7: 8, 10: 10, 41: 50, 1201: 2000} {
		if got := axisTop([]series{{"x", []point{{0, value, true}}}}); got != want {
			t.Errorf("%v on an axis up to %v, want %v", value, got, want)
		}
	}
}
