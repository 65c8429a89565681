package account

import (
	"fmt"

	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/schedule"
	"github.com/distributedstorage/ds/chaos/timeline"
)

// Scenario is the account of one scenario.
type Scenario struct {
	Name     string  `json:"scenario"`
	About    string  `json:"about"`
	Seed     uint64  `json:"seed"`
	Duration float64 `json:"seconds"`

	Keys         int              `json:"keys"`
	Operations   int              `json:"operations"`
	Writes       int64            `json:"writes"`
	Acknowledged int64            `json:"acknowledged"`
	Errors       map[string]int64 `json:"errors"`

	Owed         int64 `json:"owed"`          // notes made
	Buffered     int64 `json:"buffered"`      // records that no server could take
	Early        int64 `json:"early"`         // early corrections
	Late         int64 `json:"late"`          // late corrections
	Wiped        int64 `json:"wiped"`         // empty volumes that were noticed
	RolledBack   int64 `json:"rolled_back"`   // old volumes that were noticed
	Adopted      int64 `json:"adopted"`       // routers that took over the servers of another
	Declared     int64 `json:"declared_lost"` // records that the store itself declared lost
	RouterFull   int   `json:"router_killed_with_table_and_buffer"`
	MemoryKilled int   `json:"killed_for_memory"`

	Classes []check.Class      `json:"latencies"`
	Worst   map[string]float64 `json:"longest_write_ms"` // around each kind of fault
	Bound   float64            `json:"live_bound_ms"`

	Converge float64         `json:"seconds_to_converge"`
	Findings []check.Finding `json:"findings"`
	Demands  []string        `json:"unmet_demands"` // why the run has proved nothing
	Fault    string          `json:"fault"`         // why it could not be finished
	Course   Course          `json:"timeline"`
}

// Course is what happened over time, for the page.
type Course struct {
	Seconds float64           `json:"seconds"`
	Rates   []timeline.Rate   `json:"rates"`
	Samples []timeline.Sample `json:"samples"`
	Bands   []timeline.Band   `json:"faults"`
}

// minAcknowledged is the share of writes that must have been acknowledged: a run in which too little
// succeeded proves nothing. Scenarios without any server for a third of the time, and short of a router for a tenth, stay above it.
const minAcknowledged = 0.3

// minHealthy is how many operations on keys with healthy servers LIVE is worth something with.
const minHealthy = 100

// Judge fills in the demands that were not met, and what the store itself declared lost.
func (s *Scenario) Judge(d schedule.Demand) {
	for _, demand := range []struct {
		made      bool
		met       bool
		otherwise string
	}{
		{d.Early, s.Early > 0, "no early correction was paid"},
		{d.Buffered, s.Buffered > 0, "nothing was buffered"},
		{d.Late, s.Late > 0, "nothing was corrected late"},
		{d.Wiped, s.Wiped > 0, "no empty volume was noticed"},
		{d.RolledBack, s.RolledBack > 0, "no old volume was noticed"},
		{d.RouterFull, s.RouterFull > 0, "the router was never killed while its table and its buffer had entries"},
		{d.Adopted, s.Adopted > 0, "no router adopted the servers of another"},
		{d.MemoryKilled, s.MemoryKilled > 0, "the kernel killed nobody for want of memory"},
		{d.Live, s.class(check.Healthy).Count >= minHealthy, fmt.Sprintf("only %d operations on healthy keys while others suffered", s.class(check.Healthy).Count)},
		{true, s.Acknowledged > 0 && float64(s.Acknowledged) >= minAcknowledged*float64(s.Writes),
			fmt.Sprintf("only %d of %d writes were acknowledged", s.Acknowledged, s.Writes)},
	} {
		if demand.made && !demand.met {
			s.Demands = append(s.Demands, demand.otherwise)
		}
	}
	if s.Declared > 0 {
		s.Findings = append(s.Findings, check.Finding{Rule: check.NoLoss, Key: "(see the router's log)",
			Reason: fmt.Sprintf("the store itself declared %d records lost", s.Declared)})
	}
}

// Passed is the verdict.
func (s *Scenario) Passed() bool {
	return len(s.Findings) == 0 && len(s.Demands) == 0 && s.Fault == ""
}

// Lost, Stale and Other count the keys of which a promise was broken.
func (s *Scenario) Lost() int { return check.Keys(s.Findings, check.NoLoss) }

// Stale: see Lost.
func (s *Scenario) Stale() int { return check.Keys(s.Findings, check.Fresh) }

// Other: see Lost.
func (s *Scenario) Other() int {
	n := 0
	for _, rule := range []check.Rule{check.NoGhost, check.Conv, check.Live, check.Undecided} {
		n += check.Keys(s.Findings, rule)
	}
	return n
}

// Verdict in a word.
func (s *Scenario) Verdict() string {
	if s.Passed() {
		return "ok"
	}
	return "FAILED"
}

func (s *Scenario) class(name string) check.Class {
	for _, c := range s.Classes {
		if c.Name == name {
			return c
		}
	}
	return check.Class{}
}
