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
	"github.com/distributedstorage/ds/chaos/schedule"
)

// Scenario is the account of one scenario.
type Scenario struct {
	Name     string  `json:"scenario"`
	Seed     uint64  `json:"seed"`
	Duration float64 `json:"seconds"`

	Keys         int              `json:"keys"`
	Operations   int              `json:"operations"`
	Writes       int64            `json:"writes"`
	Acknowledged int64            `json:"acknowledged"`
	Errors       map[string]int64 `json:"errors"`

	Owed     int64 `json:"owed"`     // notes made
	Buffered int64 `json:"buffered"` // records that no server could take
	Early    int64 `json:"early"`    // early corrections
	Late     int64 `json:"late"`     // late corrections

	Converge float64         `json:"seconds_to_converge"`
	Findings []check.Finding `json:"findings"`
	Demands  []string        `json:"unmet_demands"` // why the run has proved nothing
	Fault    string          `json:"fault"`         // why it could not be finished
}

// minAcknowledged is the share of writes that must have been acknowledged: a run in which too little
// succeeded proves nothing. Scenarios without any server for a third of the time, and short of a router for a tenth, stay above it.
const minAcknowledged = 0.3

// Judge fills in the demands that were not met.
func (s *Scenario) Judge(d schedule.Demand) {
	if d.Early && s.Early == 0 {
		s.Demands = append(s.Demands, "no early correction was paid")
	}
	if d.Buffered && s.Buffered == 0 {
		s.Demands = append(s.Demands, "nothing was buffered")
	}
	if float64(s.Acknowledged) < minAcknowledged*float64(s.Writes) || s.Acknowledged == 0 {
		s.Demands = append(s.Demands, fmt.Sprintf("only %d of %d writes were acknowledged", s.Acknowledged, s.Writes))
	}
}

// Passed is the verdict.
func (s *Scenario) Passed() bool {
	return len(s.Findings) == 0 && len(s.Demands) == 0 && s.Fault == ""
}

func (s *Scenario) lost() int  { return check.Keys(s.Findings, check.NoLoss) }
func (s *Scenario) stale() int { return check.Keys(s.Findings, check.Fresh) }
func (s *Scenario) other() int {
	return check.Keys(s.Findings, check.NoGhost) + check.Keys(s.Findings, check.Conv) + check.Keys(s.Findings, check.Undecided)
}

func (s *Scenario) verdict() string {
	if s.Passed() {
		return "ok"
	}
	return "FAILED"
}

// Table writes the accounts for people.
func Table(w io.Writer, scenarios []*Scenario) {
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "scenario\tseed\tkeys\twrites\tacked\tlost\tstale\tother\towed\tbuffered\tearly\tlate\tconverged in\tverdict\t")
	for _, s := range scenarios {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f s\t%s\t\n", s.Name, s.Seed, s.Keys, s.Writes,
			s.Acknowledged, s.lost(), s.stale(), s.other(), s.Owed, s.Buffered, s.Early, s.Late, s.Converge, s.verdict())
	}
	t.Flush()
	for _, s := range scenarios {
		fmt.Fprintf(w, "\n%s: errors by kind: %s\n", s.Name, Kinds(s.Errors))
		s.explain(w)
	}
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
