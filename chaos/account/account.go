package account

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"text/tabwriter"

	"github.com/distributedstorage/ds/chaos/check"
)

// Table writes the accounts for people.
func Table(w io.Writer, scenarios []*Scenario) {
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "scenario\tseed\tkeys\twrites\tacked\tlost\tstale\tother\towed\tbuffered\tearly\tlate\thealthy p99/max\tconverged in\tverdict\t")
	for _, s := range scenarios {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%.1f s\t%s\t\n", s.Name, s.Seed, s.Keys, s.Writes, s.Acknowledged,
			s.Lost(), s.Stale(), s.Other(), s.Owed, s.Buffered, s.Early, s.Late, s.healthy(), s.Converge, s.Verdict())
	}
	t.Flush()
	for _, s := range scenarios {
		fmt.Fprintf(w, "\n%s: errors by kind: %s\n", s.Name, Kinds(s.Errors))
		s.latencies(w)
		s.explain(w)
	}
}

// healthy is the latency of keys whose servers were all well while others suffered.
func (s *Scenario) healthy() string {
	if c := s.class(check.Healthy); c.Count > 0 {
		return fmt.Sprintf("%.0f/%.0f ms", c.P99, c.Max)
	}
	return "-"
}

// latencies tells how long operations took, by what was broken of theirs.
func (s *Scenario) latencies(w io.Writer) {
	for _, c := range s.Classes {
		fmt.Fprintf(w, "  %-11s %7d operations, %6d failed; p50 %.1f ms, p99 %.1f ms, longest %.0f ms\n",
			c.Name, c.Count, c.Failed, c.P50, c.P99, c.Max)
	}
	for _, action := range sortedKeys(s.Worst) {
		fmt.Fprintf(w, "  longest write around %s: %.0f ms\n", action, s.Worst[action])
	}
}

func sortedKeys(m map[string]float64) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// shown bounds the findings printed of each rule; all are in the JSON.
const shown = 6

func (s *Scenario) explain(w io.Writer) {
	count := map[check.Rule]int{}
	for i, f := range s.Findings {
		if count[f.Rule]++; count[f.Rule] <= shown {
			fmt.Fprintln(w, " ", f)
		}
		last := i == len(s.Findings)-1 || s.Findings[i+1].Rule != f.Rule // they are sorted by rule
		if more := count[f.Rule] - shown; last && more > 0 {
			fmt.Fprintf(w, "  … and %d more of %s\n", more, f.Rule)
		}
	}
	for _, d := range s.Demands {
		fmt.Fprintln(w, "  proves nothing:", d)
	}
	if s.Fault != "" {
		fmt.Fprintln(w, "  not finished:", s.Fault)
	}
}

// Kinds is the counts in one line, the most frequent first.
func Kinds(counts map[string]int64) string {
	if len(counts) == 0 {
		return "none"
	}
	kinds := make([]string, 0, len(counts))
	for kind := range counts {
		kinds = append(kinds, kind)
	}
	sort.Slice(kinds, func(i, j int) bool {
		a, b := kinds[i], kinds[j]
		return counts[a] > counts[b] || counts[a] == counts[b] && a < b
	})
	for i, kind := range kinds {
		kinds[i] = fmt.Sprintf("%s %d", kind, counts[kind])
	}
	return strings.Join(kinds, ", ")
}

// JSON writes the accounts to a file.
func JSON(path string, scenarios []*Scenario) error {
	b, err := json.MarshalIndent(scenarios, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}
