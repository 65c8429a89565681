package check

import (
	"fmt"
	"sort"
)

// Rule is one of the promises.
type Rule string

// The rules; Undecided is FRESH without an answer in time, which is a failure as well.
const (
	NoLoss    Rule = "NOLOSS"
	Fresh     Rule = "FRESH"
	NoGhost   Rule = "NOGHOST"
	Conv      Rule = "CONV"
	Live      Rule = "LIVE"
	Undecided Rule = "UNDECIDED"
)

// Finding is one broken promise.
type Finding struct {
	Rule   Rule   `json:"rule"`
	Key    string `json:"key"`
	Reason string `json:"reason"`
}

// String is the finding in one line.
func (f Finding) String() string { return fmt.Sprintf("%s %s: %s", f.Rule, f.Key, f.Reason) }

// Keys counts the different keys that findings of a rule name.
func Keys(findings []Finding, rule Rule) int {
	keys := map[string]bool{}
	for _, f := range findings {
		if f.Rule == rule {
			keys[f.Key] = true
		}
	}
	return len(keys)
}

func sortFindings(findings []Finding) {
	sort.SliceStable(findings, func(i, j int) bool {
		a, b := findings[i], findings[j]
		if a.Rule != b.Rule {
			return a.Rule < b.Rule
		}
		return a.Key < b.Key
	})
}
