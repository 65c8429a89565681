package account

import (
	"bytes"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/schedule"
)

func good() *Scenario {
	return &Scenario{
		Name: "mix", Writes: 100, Acknowledged: 90, Early: 5, Buffered: 3, Late: 1, Wiped: 1, RolledBack: 1, RouterFull: 1, MemoryKilled: 1, Adopted: 1,
		Classes: []check.Class{{Name: check.Healthy, Count: 500}}, Errors: map[string]int64{"NOSERVER": 4, "cut off": 6},
	}
}

func TestVerdict(t *testing.T) {
	demand := schedule.Demand{
		Early: true, Buffered: true, Late: true, Wiped: true, RolledBack: true, RouterFull: true, MemoryKilled: true, Adopted: true, Live: true,
	}
	for name, spoil := range map[string]func(*Scenario){
		"":                           func(*Scenario) {},
		"no early correction":        func(s *Scenario) { s.Early = 0 },
		"nothing was buffered":       func(s *Scenario) { s.Buffered = 0 },
		"nothing was corrected late": func(s *Scenario) { s.Late = 0 },
		"no empty volume":            func(s *Scenario) { s.Wiped = 0 },
		"no old volume":              func(s *Scenario) { s.RolledBack = 0 },
		"the router was never":       func(s *Scenario) { s.RouterFull = 0 },
		"no router adopted":          func(s *Scenario) { s.Adopted = 0 },
		"the kernel killed nobody":   func(s *Scenario) { s.MemoryKilled = 0 },
		"only 99 operations":         func(s *Scenario) { s.Classes[0].Count = 99 },
		"only 20 of 100 writes":      func(s *Scenario) { s.Acknowledged = 20 },
		"only 0 of 0 writes":         func(s *Scenario) { s.Writes, s.Acknowledged = 0, 0 },
		"declared 2 records lost":    func(s *Scenario) { s.Declared = 2 },
		"not finished: no disk":      func(s *Scenario) { s.Fault = "no disk" },
		"NOLOSS 0/k: gone":           func(s *Scenario) { s.Findings = []check.Finding{{Rule: check.NoLoss, Key: "0/k", Reason: "gone"}} },
		"LIVE 0/k: late":             func(s *Scenario) { s.Findings = []check.Finding{{Rule: check.Live, Key: "0/k", Reason: "late"}} },
	} {
		s := good()
		spoil(s)
		s.Judge(demand)
		var out bytes.Buffer
		Table(&out, []*Scenario{s})
		if s.Passed() != (name == "") || !strings.Contains(out.String(), name) {
			t.Errorf("%q: passed %v\n%s", name, s.Passed(), &out)
		}
	}
}

// TestOnlyWhatIsDemanded lets a scenario pass that exercises nothing but what it is there for.
func TestOnlyWhatIsDemanded(t *testing.T) {
	s := &Scenario{Writes: 10, Acknowledged: 10}
	if s.Judge(schedule.Demand{}); !s.Passed() {
		t.Fatalf("%+v", s.Demands)
	}
}

func TestKinds(t *testing.T) {
	if got := Kinds(good().Errors); got != "cut off 6, NOSERVER 4" {
		t.Fatal(got)
	}
}
