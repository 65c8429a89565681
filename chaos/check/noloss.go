package check

import (
	"fmt"

	"github.com/distributedstorage/ds/chaos/history"
)

// noLoss looks for acknowledged writes that began after everything that explains what a copy
// holds had ended: nothing but a loss can have undone them.
func (r *register) noLoss(final Key) []Finding {
	newest := r.newestAcknowledged()
	if newest == nil {
		return nil
	}
	var findings []Finding
	for _, c := range final.Copies {
		if r.lastExplanation(c.Value) >= newest.Invoke {
			continue
		}
		findings = append(findings, Finding{NoLoss, r.key, fmt.Sprintf(
			"server %d holds %s, older than the acknowledged %s of %s at %s",
			c.Server, named(c.Value), newest.Kind, named(newest.Value), at(newest.Invoke))})
	}
	if len(final.Copies) == 0 {
		findings = append(findings, Finding{NoLoss, r.key, "an acknowledged key has no copy in the final state"})
	}
	return findings
}

// newestAcknowledged is the acknowledged write that began last.
func (r *register) newestAcknowledged() *history.Operation {
	var newest *history.Operation
	for i := range r.writes {
		w := &r.writes[i]
		if w.Outcome == history.OK && (newest == nil || w.Invoke > newest.Invoke) {
			newest = w
		}
	}
	return newest
}

// lastExplanation is the latest moment at which a write that leaves this value may have happened;
// none at all was there before the run began.
func (r *register) lastExplanation(value string) int64 {
	last := int64(-1)
	for i := range r.writes {
		if r.writes[i].Value == value {
			last = max(last, r.writes[i].Return)
		}
	}
	return last
}

func named(value string) string {
	if value == "" {
		return "nothing"
	}
	return fmt.Sprintf("%.60q", value)
}

// at is a moment of the run in seconds.
func at(ns int64) string { return fmt.Sprintf("%.3f s", float64(ns)/1e9) }
