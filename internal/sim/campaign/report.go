package campaign

import (
	"fmt"
	"io"
	"maps"
	"math/bits"
	"slices"
	"strings"
)

const (
	// shrinkRuns bounds the runs that shrinking takes.
	shrinkRuns = 600
	// tailLines is how many of the last lines about the key a report shows.
	tailLines = 60
)

// Report explains a failed seed: parameters, reason, the smallest plan that was found to fail, what happened last to the
// key in question, and the command that replays it.
func Report(f Failed) string {
	p := Draw(f.Seed)
	skip := make([]bool, len(p.List))
	if !f.Failure.Unjudged { // else each run would take as long as a judge may
		skip = Shrink(p, f.Failure.Promise, shrinkRuns)
	}
	out := Run(p, skip, true)
	if out.Failure == nil { // what failed depends on more than the plan
		return fmt.Sprintf("seed %d failed with %v and does not again\n%v", f.Seed, f.Failure, p.Params)
	}
	left := 0
	for _, s := range skip {
		if !s {
			left++
		}
	}
	all := strings.Split(out.Trace, "\n")
	lines := lastAbout(all, out.Failure.Key, tailLines)
	return fmt.Sprintf("seed %d: %v\n%v\n%d of %d steps, %d of %d clients, %d of %d keys are left after shrinking:\n%s\nthe last that happened:\n%s\n"+
		"again, with everything that happened: %s",
		f.Seed, out.Failure, p.Params, left, len(skip), p.Clients-bits.OnesCount64(p.Silent.Clients), p.Clients,
		len(p.Keys)-bits.OnesCount64(p.Silent.Keys), len(p.Keys), whatWasDone(all), strings.Join(lines, "\n"), replay(p, skip))
}

// replay is the command that runs what is left of a plan.
func replay(p *Plan, skip []bool) string {
	s := fmt.Sprintf("go run ./internal/sim/run -seed %d -steps %s", p.Seed, FormatKept(skip))
	if p.Silent.Clients != 0 {
		s += " -without-clients " + FormatNumbers(p.Silent.Clients)
	}
	if p.Silent.Keys != 0 {
		s += " -without-keys " + FormatNumbers(p.Silent.Keys)
	}
	return s
}

// whatWasDone is the steps that are left, with what each did: the last of them, if there are many.
func whatWasDone(lines []string) string {
	var steps []string
	for _, l := range lines {
		if name, ok := strings.CutPrefix(l, "# step "); ok {
			steps = append(steps, "  "+name)
		} else if fault, ok := strings.CutPrefix(l, "# fault: "); ok && len(steps) > 0 {
			steps[len(steps)-1] += ": " + fault
		}
	}
	return strings.Join(steps[max(0, len(steps)-tailLines):], "\n")
}

// lastAbout is the last lines about the key and about nobody's key in particular.
func lastAbout(lines []string, key string, most int) []string {
	var kept []string
	for _, l := range lines {
		if key == "" || strings.Contains(l, key) || strings.HasPrefix(l, "*") || strings.HasPrefix(l, "#") {
			kept = append(kept, l)
		}
	}
	return kept[max(0, len(kept)-most):]
}

// PrintTotals prints what a campaign reached.
func PrintTotals(w io.Writer, t *Totals) {
	for s, n := range t.Seen {
		fmt.Fprintf(w, "%10d  %s\n", n, StateNames[s])
	}
	for _, k := range slices.Sorted(maps.Keys(t.Answers)) {
		fmt.Fprintf(w, "%10d  calls: %s\n", t.Answers[k], k)
	}
	fmt.Fprintf(w, "%10d  runs in which fewer than %d calls were answered\n", t.Hollow, hollowCalls)
}
