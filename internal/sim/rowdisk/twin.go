package rowdisk

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"github.com/distributedstorage/ds/internal/journal"
)

// Commit compares what the journal reports with what the model says.
func (v *durable) Commit(steps []Step) []Answer {
	v.turn()
	v.send(steps)
	return v.compare(steps, v.inbox.await(steps))
}

// compare has the twin take steps, and compares its answers with the journal's reports of them.
func (v *durable) compare(steps []Step, reports []report) []Answer {
	read, synced := map[uint64]Answer{}, uint64(0)
	after := map[uint64]uint64{} // which sequence must be reported before a row
	for i, seq := 0, uint64(0); i < len(steps); i++ {
		seq = max(seq, steps[i].Seq)
		for _, r := range steps[i].Reads {
			after[r.Token] = seq
		}
	}
	for _, r := range reports {
		if r.synced != 0 {
			equal("the order of what is synced", r.synced > synced && hasEnd(steps, r.synced), true)
			synced = r.synced
		}
		for _, a := range r.rows {
			least, asked := after[a.Token]
			equal("a row that was asked for once", asked, true)
			equal("a row before the steps that it shows are synced", synced < least, false)
			delete(after, a.Token)
			read[a.Token] = a
		}
	}
	equal("what is synced", synced, last(steps))
	want := v.twin.Commit(steps)
	for _, w := range want {
		got := read[w.Token]
		equal("a row's being there", got.Found, w.Found)
		if !bytes.Equal(got.Value, w.Value) {
			panic(fmt.Sprintf("rowdisk: row %d is %q, the model's %q", w.Token, got.Value, w.Value))
		}
	}
	return want
}

// last is the sequence of the last operation.
func last(steps []Step) (seq uint64) {
	for i := range steps {
		seq = max(seq, steps[i].Seq)
	}
	return seq
}

// hasEnd tells that a step ends with the operation.
func hasEnd(steps []Step, seq uint64) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { return s.Seq == seq })
}

// takeOver demands that the rows are those of the twin, once that has some of the steps: whole ones, in order. It gives them to it, and
// tells how many.
func (v *durable) takeOver(found map[string][]byte, steps []Step) int {
	trial, there := v.twin.clone(), -1
	for n := 0; ; n++ {
		if maps.EqualFunc(trial.rows, found, bytes.Equal) {
			there = n
		}
		if n == len(steps) {
			break
		}
		trial.keep(&steps[n])
	}
	if there < 0 {
		panic(fmt.Sprintf("rowdisk: the journal brings back what is not what it had synced, nor that with any first of the %d steps behind: %s; the model has %s",
			len(steps), list(found), list(v.twin.rows)))
	}
	v.twin.Commit(steps[:there])
	return there
}

func list(rows map[string][]byte) string {
	var b bytes.Buffer
	for _, k := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(&b, " %q=%.20q", k, rows[k])
	}
	return fmt.Sprintf("%d rows%s", len(rows), b.Bytes())
}

func load(j *journal.Journal) map[string][]byte {
	found := map[string][]byte{}
	must(j.Load(func(key, value []byte) error {
		found[string(key)] = bytes.Clone(value)
		return nil
	}))
	return found
}

func equal[T comparable](what string, got, want T) {
	if got != want {
		panic(fmt.Sprintf("rowdisk: %s is %v, the model's %v", what, got, want))
	}
}

// must: nothing is wrong with the file system.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("rowdisk: %v", err))
	}
}
