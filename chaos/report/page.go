package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/distributedstorage/ds/chaos/account"
	"github.com/distributedstorage/ds/chaos/check"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": func(n any) string { return grouped(fmt.Sprint(n)) },
	"ms":    milliseconds,
	"kinds": account.Kinds,
	"explain": func(class string) string {
		if text := explained[class]; text != "" {
			return text
		}
		return class
	},
}).Parse(pageText))

// explained are the classes of latencies in words.
var explained = map[string]string{
	check.Calm:       "nothing broken",
	check.Healthy:    "healthy: only others broken",
	check.Degraded:   "one of its servers",
	check.Gone:       "all of its servers",
	check.Routerless: "the router",
}

// document is what the page shows.
type document struct {
	Passed    bool
	Verdict   string
	Seed      uint64
	Summary   string
	Command   string
	Left      int // x of the names beside the charts
	Scenarios []section
}

// section is one scenario on the page.
type section struct {
	*account.Scenario
	ID    string
	Shown []check.Finding
	More  int // findings beyond
	Chart *chart
}

// findingsShown bounds the list on the page; all are in the JSON.
const findingsShown = 20

// page writes the accounts as a page that needs nothing but itself.
func page(w io.Writer, scenarios []*account.Scenario, command string) error {
	d := document{Passed: true, Verdict: "passed", Command: command, Left: left - 8}
	var acked int64
	lost, stale := 0, 0
	for i, s := range scenarios {
		if i == 0 {
			d.Seed = s.Seed // of all
		}
		if !s.Passed() {
			d.Passed, d.Verdict = false, "failed"
		}
		acked += s.Acknowledged
		lost += s.Lost()
		stale += s.Stale()
		shown := s.Findings[:min(len(s.Findings), findingsShown)]
		d.Scenarios = append(d.Scenarios, section{
			Scenario: s, ID: fmt.Sprintf("%d-%s", i, s.Name), Shown: shown, More: len(s.Findings) - len(shown), Chart: newChart(s.Course),
		})
	}
	d.Summary = fmt.Sprintf("Seed %d, scenarios: %d. %s writes were acknowledged while things broke; %d keys lost, %d read stale.",
		d.Seed, len(scenarios), grouped(fmt.Sprint(acked)), lost, stale)
	return pageTemplate.Execute(w, d)
}

// grouped puts a thin space between thousands.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u2009" + digits[i:]
	}
	return digits
}

func milliseconds(ms float64) string {
	if ms >= 100 {
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f ms", ms)
}
