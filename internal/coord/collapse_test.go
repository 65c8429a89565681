package coord

import (
	"fmt"
	"runtime"
	"testing"
)

// TestCollapseIsGradual: however much a server is owed, the table stays within its budget, and no step does so much for it that
// the router would stand still or grow by it, though some keys are under way at any moment.
func TestCollapseIsGradual(t *testing.T) {
	const budget, mostAllocated = 4 << 20, 2 << 20
	r := newRig(t, 0)
	r.core.cfg.TableBudget = budget
	r.step(Input{Kind: InLinkDown, Link: 1})
	batch := make([]Input, 32)
	var m runtime.MemStats
	for n := 0; n < 300_000; n += len(batch) {
		for i := range batch {
			batch[i] = Input{Kind: InRequest, Op: OpSet, Conn: 1, Key: fmt.Appendf(nil, "debt:%011d", n+i), Value: value[:100]}
		}
		runtime.ReadMemStats(&m)
		before := m.TotalAlloc
		r.step(batch...)
		answers := r.answer()
		seq := r.core.journal.seq
		r.step(answers...)
		r.step(Input{Kind: InJournalSynced, Seq: seq})
		runtime.ReadMemStats(&m)
		if grown := m.TotalAlloc - before; grown > mostAllocated {
			t.Fatalf("after %d keys a step took %d KiB", n, grown>>10)
		}
		if size := r.core.table.Bytes(); size > budget+budget/8 {
			t.Fatalf("after %d keys the table has %d KiB", n, size>>10)
		}
	}
	if err := r.core.Audit(); err != nil || r.core.tally.collapsed == 0 {
		t.Errorf("%v; %+v", err, r.core.tally)
	}
}
