package sim

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/sim/rowdisk"
)

// journal gives the journal its part of a step.
func (r *Router) journal() {
	e := &r.effects
	step := rowdisk.Step{}
	for _, op := range e.Journal {
		step.Ops = append(step.Ops, rowdisk.Op{
			Delete: op.Delete, Large: op.Shared != nil, Key: r.bytes(op.Key), End: r.bytes(op.End),
			Value: append(bytes.Clone(e.JournalBytes[op.Value.From:op.Value.To]), op.Shared...),
		})
		step.Seq = e.JournalSeq
		put := &step.Ops[len(step.Ops)-1]
		if !r.w.Quiet {
			r.w.journalOp(put)
		}
		if r.w.OnRow != nil {
			r.w.OnRow(put.Key, put.Value, put.Delete)
		}
	}
	for _, rd := range e.JournalReads {
		step.Reads = append(step.Reads, rowdisk.Read{Token: rd.Token, Key: r.bytes(rd.Key)})
	}
	if len(step.Ops)+len(step.Reads) > 0 {
		r.steps = append(r.steps, step)
	}
}

func (r *Router) bytes(b coord.Range) string { return string(r.effects.JournalBytes[b.From:b.To]) }

// Sync makes the journal durable, answers reads and hands queued inputs to the core.
func (r *Router) Sync() bool {
	if r.core == nil {
		return false
	}
	if q := r.queue; len(q) > 0 {
		r.queue = nil
		r.Step(q...)
		return true
	}
	if r.HoldSync || r.failed {
		return false
	}
	if len(r.steps) > 0 && r.commit(len(r.steps)) {
		return true
	}
	if len(r.answers) > 0 {
		a := r.answers[0]
		r.answers = r.answers[1:]
		r.Step(coord.Input{Kind: coord.InJournalRow, Token: a.Token, Found: a.Found, Bytes: a.Value})
		return true
	}
	return false
}

// CommitSteps makes the operations of the first n pending steps durable and reports it.
func (r *Router) CommitSteps(n int) {
	if n, enough := r.first(n); enough && !r.failed {
		r.commit(n)
	}
}

// first is how many of the pending steps are the first n that have operations, and tells if there are so many.
func (r *Router) first(n int) (steps int, enough bool) {
	for i := range r.steps {
		if n == 0 {
			return i, true
		}
		if len(r.steps[i].Ops) > 0 {
			n--
		}
	}
	return len(r.steps), n == 0
}

// commit makes the first n pending steps durable. It tells whether there were operations, which is reported then.
func (r *Router) commit(n int) bool {
	steps := r.steps[:n]
	r.steps = append([]rowdisk.Step(nil), r.steps[n:]...)
	r.answers = append(r.answers, r.volume.Commit(steps)...)
	seq := uint64(0)
	for i := range steps {
		seq = max(seq, steps[i].Seq)
	}
	if seq > 0 {
		r.Step(coord.Input{Kind: coord.InJournalSynced, Seq: seq})
	}
	return seq > 0
}

// journalOp traces what the journal is told of entries and buffered records.
func (w *World) journalOp(op *rowdisk.Op) {
	key := []byte(op.Key)
	switch {
	case op.End != "" && op.Key[0] == 'e':
		w.Printf("  journal: drop the entries of a partition")
	case op.End != "":
	case op.Key[0] == 'e' && op.Delete:
		w.Printf("  journal: drop entry %s", key[13:])
	case op.Key[0] == 'e':
		h := kv.DecodeHead(op.Value)
		w.Printf("  journal: entry %s %s owed %s", key[13:], w.Head(h),
			w.copies(kv.Hash(binary.BigEndian.Uint64(key[5:])).Partition(), op.Value[kv.HeadSize]))
	case op.Key[0] == 'v' && !op.Delete:
		w.Printf("  journal: record %s = %s", key[13:], short(op.Value))
	case op.Key[0] == 'v':
		w.Printf("  journal: drop record %s", key[13:])
	case op.Key[0] == 'f':
		w.Printf("  journal: flush db %d below %s", key[2], w.version(kv.DecodeVersion(op.Value)))
	case op.Key[0] == 's' && !op.Delete:
		w.Printf("  journal: suspect interval")
	}
}

// copies names the servers of a set of copies.
func (w *World) copies(p kv.Partition, set byte) string {
	var names []string
	for i := range w.Geometry.Copies() {
		if set>>i&1 == 1 {
			names = append(names, string('0'+rune(w.Geometry.Server(p, i))))
		}
	}
	return "[" + strings.Join(names, " ") + "]"
}
