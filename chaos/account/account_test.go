package account

import (
	"bytes"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/schedule"
)

func good() *Scenario {
	return &Scenario{Name: "walk", Writes: 100, Acknowledged: 90, Early: 5, Buffered: 3, Errors: map[string]int64{"NOSERVER": 4, "cut off": 6}}
}

func TestVerdict(t *testing.T) {
	demand := schedule.Demand{Early: true, Buffered: true}
	for name, spoil := range map[string]func(*Scenario){
		"":                      func(*Scenario) {},
		"no early correction":   func(s *Scenario) { s.Early = 0 },
		"nothing was buffered":  func(s *Scenario) { s.Buffered = 0 },
		"only 20 of 100 writes": func(s *Scenario) { s.Acknowledged = 20 },
		"not finished: no disk": func(s *Scenario) { s.Fault = "no disk" },
		"NOLOSS 0/k: gone":      func(s *Scenario) { s.Findings = []check.Finding{{Rule: check.NoLoss, Key: "0/k", Reason: "gone"}} },
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

func TestKinds(t *testing.T) {
	if got := Kinds(good().Errors); got != "cut off 6, NOSERVER 4" {
		t.Fatal(got)
	}
}
