package history

import (
	"sync"
	"sync/atomic"
	"time"
)

// Recorder collects the operations of many workers.
type Recorder struct {
	start   time.Time
	clients atomic.Int32
	acked   atomic.Int64
	writes  atomic.Int64

	mu struct {
		sync.Mutex
		logs   []*Log
		faults map[string]int64
	}
}

// NewRecorder starts the clock of a run.
func NewRecorder() *Recorder {
	r := &Recorder{start: time.Now()}
	r.mu.faults = map[string]int64{}
	return r
}

// Now is the nanoseconds since the run began; it never goes back.
func (r *Recorder) Now() int64 { return int64(time.Since(r.start)) }

// Log is a new log for one worker.
func (r *Recorder) Log() *Log {
	l := &Log{recorder: r, client: r.clients.Add(1)}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.logs = append(r.mu.logs, l)
	return l
}

// Acknowledged counts the writes (deletes included) that were answered OK so far.
func (r *Recorder) Acknowledged() int64 { return r.acked.Load() }

// Writes counts the writes (deletes included) that were tried so far.
func (r *Recorder) Writes() int64 { return r.writes.Load() }

// Faults counts the operations that failed so far, by kind of error.
func (r *Recorder) Faults() map[string]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := make(map[string]int64, len(r.mu.faults))
	for kind, n := range r.mu.faults {
		counts[kind] = n
	}
	return counts
}

// Operations is everything recorded. No worker may be adding any more.
func (r *Recorder) Operations() []Operation {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Operation
	for _, l := range r.mu.logs {
		all = append(all, l.operations...)
	}
	return all
}

func (r *Recorder) count(op *Operation) {
	if op.Kind != Read {
		r.writes.Add(1)
		if op.Outcome == OK {
			r.acked.Add(1)
		}
	}
	if op.Outcome == OK {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.faults[op.Fault]++
}

// Log is one worker's part of the history; it is used by one goroutine.
type Log struct {
	recorder   *Recorder
	operations []Operation
	client     int32
}

// Operations are what this log has; its worker's to ask.
func (l *Log) Operations() []Operation { return l.operations }

// Client is the number of the client that the next operation belongs to.
func (l *Log) Client() int32 { return l.client }

// Add records an operation that has ended. After an Unknown one the client is retired: the worker goes on as a new one.
func (l *Log) Add(op Operation) {
	op.Client = l.client
	l.operations = append(l.operations, op)
	l.recorder.count(&op)
	if op.Outcome == Unknown {
		l.client = l.recorder.clients.Add(1)
	}
}
