package check

import (
	"math"

	"github.com/distributedstorage/ds/chaos/history"
)

const never = math.MaxInt64

// register is the history of one key, with the failed writes set apart.
type register struct {
	key    string
	writes []history.Operation // writes and deletes that happened or may have, ends tightened
	reads  []history.Operation // answered ones
	byID   map[string]int      // value to index in writes
	failed map[string]bool     // values of writes that surely did nothing
}

// split sorts a history into registers.
func split(ops []history.Operation) map[string]*register {
	registers := map[string]*register{}
	for _, op := range ops {
		r := registers[op.Key]
		if r == nil {
			r = &register{key: op.Key, byID: map[string]int{}, failed: map[string]bool{}}
			registers[op.Key] = r
		}
		r.add(op)
	}
	for _, r := range registers {
		r.tighten()
	}
	return registers
}

func (r *register) add(op history.Operation) {
	if op.Kind == history.Read {
		if op.Outcome == history.OK {
			r.reads = append(r.reads, op)
		}
		return
	}
	if op.Outcome == history.Failed {
		if op.Kind == history.Write {
			r.failed[op.Value] = true
		}
		return
	}
	if op.Kind == history.Write {
		r.byID[op.Value] = len(r.writes)
	} else {
		op.Value = ""
	}
	r.writes = append(r.writes, op)
}

// tighten gives writes of unknown outcome their end: never, or the end of the first read that saw
// their value, for by then they had happened. Values are unique, so the reader saw that very write.
func (r *register) tighten() {
	for i := range r.writes {
		if r.writes[i].Outcome == history.Unknown {
			r.writes[i].Return = never
		}
	}
	for _, read := range r.reads {
		i, ok := r.byID[read.Value]
		if ok && r.writes[i].Outcome == history.Unknown {
			r.writes[i].Return = min(r.writes[i].Return, read.Return)
		}
	}
}
