package check

import (
	"fmt"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/distributedstorage/ds/chaos/history"
)

// fresh asks porcupine whether the register is linearizable.
func (r *register) fresh(timeout time.Duration) []Finding {
	if len(r.reads) == 0 {
		return nil // writes alone are always linearizable
	}
	switch porcupine.CheckOperationsTimeout(model, r.linearize(), timeout) {
	case porcupine.Ok:
		return nil
	case porcupine.Illegal:
		return []Finding{{Fresh, r.key, "is not a linearizable register: " + r.suspicion()}}
	}
	return []Finding{{Undecided, r.key, fmt.Sprintf("no answer within %v for %d writes and %d reads",
		timeout, len(r.writes), len(r.reads))}}
}

// linearize is the register's history for porcupine. A write of unknown outcome that no read saw is
// left out: values are unique, so any order with it is an order without it, and each one kept doubles the search.
func (r *register) linearize() []porcupine.Operation {
	seen := map[string]bool{}
	for _, read := range r.reads {
		seen[read.Value] = true
	}
	var ops []porcupine.Operation
	for _, w := range r.writes {
		if w.Outcome == history.OK || seen[w.Value] {
			ops = append(ops, event(w))
		}
	}
	for _, read := range r.reads {
		ops = append(ops, event(read))
	}
	return ops
}

func event(op history.Operation) porcupine.Operation {
	return porcupine.Operation{
		ClientId: int(op.Client), Input: access{op.Kind == history.Read, op.Value},
		Call: op.Invoke, Return: op.Return,
	}
}

// access is a read that was answered value, or a write of it; "" = none.
type access struct {
	read  bool
	value string
}

// model is a register that holds nothing at first.
var model = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, _ any) (bool, any) {
		a := input.(access)
		if a.read {
			return state == a.value, state
		}
		return true, a.value
	},
	DescribeOperation: func(input, _ any) string {
		a := input.(access)
		if a.read {
			return "read " + named(a.value)
		}
		return "write " + named(a.value)
	},
}

// suspicion points at a read that cannot be right by itself, if there is one; the register may also
// be wrong only as a whole.
func (r *register) suspicion() string {
	for _, read := range r.reads {
		if s := r.stale(read); s != "" {
			return s
		}
	}
	return fmt.Sprintf("%d writes and %d reads that no order explains", len(r.writes), len(r.reads))
}

// stale tells that an acknowledged write lies wholly between what the read saw and the read.
func (r *register) stale(read history.Operation) string {
	explained := r.lastExplanation(read.Value)
	for _, w := range r.writes {
		if w.Outcome == history.OK && w.Invoke > explained && w.Return < read.Invoke {
			return fmt.Sprintf("a read at %s was answered %s, though %s of %s was acknowledged at %s",
				at(read.Invoke), named(read.Value), w.Kind, named(w.Value), at(w.Return))
		}
	}
	return ""
}
