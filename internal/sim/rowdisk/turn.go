package rowdisk

import (
	"bytes"
	"math"
	"sync"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/journal"
)

// marker is the token of reads for whose rows nobody asks, and below it as many as there are steps.
const marker = math.MaxUint64

// inbox takes the journal's reports, which its goroutines make.
type inbox struct {
	mu struct {
		sync.Mutex
		came    *sync.Cond
		err     error
		reports []report
		then    func() // called once, when the marker comes
	}
}

// report is a copy of one.
type report struct {
	synced uint64
	rows   []Answer
}

func newInbox() *inbox {
	b := &inbox{}
	b.mu.came = sync.NewCond(&b.mu)
	return b
}

func (b *inbox) report(r *journal.Report) {
	took := report{synced: r.Synced}
	for i := range r.Rows {
		row := &r.Rows[i]
		took.rows = append(took.rows, Answer{row.Token, row.Found, bytes.Clone(row.Value)})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if then := b.mu.then; then != nil && r.Err == nil {
		b.mu.then = nil
		then()
		return
	}
	if r.Err != nil {
		b.mu.err = r.Err
	}
	b.mu.reports = append(b.mu.reports, took)
	b.mu.came.Signal()
}

// await gives the reports of steps once there is nothing more to come.
func (b *inbox) await(steps []Step) []report {
	seq, reads := last(steps), 0
	for i := range steps {
		reads += len(steps[i].Reads)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.hasLocked(seq, reads) {
		must(b.mu.err)
		b.mu.came.Wait()
	}
	return b.takeLocked()
}

func (b *inbox) hasLocked(seq uint64, reads int) bool {
	synced := uint64(0)
	for _, r := range b.mu.reports {
		synced = max(synced, r.synced)
		reads -= len(r.rows)
	}
	return synced >= seq && reads <= 0
}

// take gives the reports that have come.
func (b *inbox) take() []report {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.takeLocked()
}

func (b *inbox) takeLocked() []report {
	reports := b.mu.reports
	b.mu.reports = nil
	return reports
}

// awaitFailure waits until the journal has failed.
func (b *inbox) awaitFailure() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.mu.err == nil {
		b.mu.came.Wait()
	}
}

// send gives the journal steps in such a way that its committer takes them at once: it gets them while it reports something else.
func (v *durable) send(steps []Step) {
	enqueue := func() {
		for i := range steps {
			v.enqueue(&steps[i])
		}
	}
	if len(steps) <= 1 {
		enqueue()
		return
	}
	v.inbox.mu.Lock()
	v.inbox.mu.then = enqueue
	v.inbox.mu.Unlock()
	v.enqueue(&Step{Reads: []Read{{Token: marker}}})
}

func (v *durable) enqueue(s *Step) {
	e := coord.Effects{JournalSeq: s.Seq}
	put := func(text string) coord.Range {
		from := len(e.JournalBytes)
		e.JournalBytes = append(e.JournalBytes, text...)
		return coord.Range{From: uint32(from), To: uint32(len(e.JournalBytes))}
	}
	for i := range s.Ops {
		op := &s.Ops[i]
		out := coord.JournalOp{Delete: op.Delete, Key: put(op.Key), End: put(op.End)}
		if op.Large {
			out.Shared = op.Value
		} else {
			out.Value = put(string(op.Value))
		}
		e.Journal = append(e.Journal, out)
	}
	for _, r := range s.Reads {
		e.JournalReads = append(e.JournalReads, coord.JournalRead{Token: r.Token, Key: put(r.Key)})
	}
	v.written += cost(s)
	v.journal.Enqueue(&e)
}

// size is about how many bytes a step takes in the log, and not more.
func size(s *Step) (bytes int) {
	for i := range s.Ops {
		op := &s.Ops[i]
		bytes += len(op.Key) + len(op.End) + len(op.Value)
	}
	return bytes
}

// nodeBytes is more than Pebble's memtable takes for an operation beside its key and value.
const nodeBytes = 160

// cost is about how many bytes a step takes in a memtable, and not less.
func cost(s *Step) int { return size(s) + nodeBytes*len(s.Ops) }

// apart is the steps with operations, each with a read behind it: then each goes into a record of its own of the log, and a part of them
// may be there after a crash.
func apart(steps []Step) (list []Step) {
	for i := range steps {
		if s := steps[i]; len(s.Ops) > 0 {
			s.Reads = []Read{{Token: marker - uint64(i)}}
			list = append(list, s)
		}
	}
	return list
}

// sum adds up what is told of each step.
func sum(steps []Step, of func(*Step) int) (n int) {
	for i := range steps {
		n += of(&steps[i])
	}
	return n
}
