package check

import (
	"fmt"
	"sort"
	"time"

	"github.com/distributedstorage/ds/chaos/history"
)

// Span is a time on the history's clock.
type Span struct{ From, To int64 }

// Outage is a time in which a server, or the router, could not be expected to answer.
type Outage struct {
	Span
	Server int // -1 = the router
	Action string
}

// Liveness is what LIVE is judged by.
type Liveness struct {
	Outages   []Outage
	Placement map[string][]int // the servers of the keys that are looked at
	Bound     time.Duration    // for an answer on a key whose servers are all well
	Stalls    []Span           // the machine that the clients run on stood still: no answer could be seen then
}

// Class is the operations on keys that were in the same case.
type Class struct {
	Name   string  `json:"class"`
	Count  int     `json:"operations"`
	Failed int     `json:"failed"`
	P50    float64 `json:"p50_ms"` // of those answered
	P99    float64 `json:"p99_ms"`
	Max    float64 `json:"max_ms"`
}

// The classes, by what was broken while an operation was under way.
const (
	Calm       = "calm"        // nothing
	Healthy    = "healthy"     // servers, but none of the key's, and not the router
	Degraded   = "degraded"    // one of the key's servers
	Gone       = "gone"        // all of them
	Routerless = "router away" // the router
)

var classes = []string{Calm, Healthy, Degraded, Gone, Routerless}

// Judge sorts the operations by class, and finds those on keys whose servers were all well, while others suffered, that
// were refused or took longer than the bound.
func (l Liveness) Judge(ops []history.Operation) ([]Class, []Finding) {
	sorted := map[string]*sample{}
	for _, name := range classes {
		sorted[name] = &sample{}
	}
	var findings []Finding
	for _, op := range ops {
		copies, ok := l.Placement[op.Key]
		if !ok {
			continue
		}
		class := l.class(op, copies)
		sorted[class].add(op)
		if class != Healthy {
			continue
		}
		if why := l.late(op); why != "" {
			findings = append(findings, Finding{Live, op.Key, why})
		}
	}
	var list []Class
	for _, name := range classes {
		if s := sorted[name]; s.count > 0 {
			list = append(list, s.class(name))
		}
	}
	sortFindings(findings)
	return list, findings
}

func (l Liveness) class(op history.Operation, copies []int) string {
	broken := map[int]bool{}
	for _, o := range l.Outages {
		if o.overlaps(op) {
			broken[o.Server] = true
		}
	}
	away := 0
	for _, c := range copies {
		if broken[c] {
			away++
		}
	}
	switch {
	case broken[-1]:
		return Routerless
	case len(broken) == 0:
		return Calm
	case away == 0:
		return Healthy
	case away < len(copies):
		return Degraded
	}
	return Gone
}

func (s Span) overlaps(op history.Operation) bool { return op.Invoke < s.To && op.Return > s.From }

// late says what is wrong with an operation that had to be answered; "" = nothing.
func (l Liveness) late(op history.Operation) string {
	took := time.Duration(op.Return - op.Invoke)
	allowed := l.Bound
	for _, s := range l.Stalls {
		if s.overlaps(op) {
			allowed += time.Duration(min(s.To, op.Return) - max(s.From, op.Invoke))
		}
	}
	what := fmt.Sprintf("a %s at %s, of a key whose servers were all well,", op.Kind, at(op.Invoke))
	if op.Outcome != history.OK {
		return fmt.Sprintf("%s ended with %q", what, op.Fault)
	}
	if took > allowed {
		return fmt.Sprintf("%s took %v, of at most %v", what, took.Round(time.Millisecond), allowed)
	}
	return ""
}

// WorstWrites is the longest that an acknowledged write took, in milliseconds, which was under way when one of its key's servers
// was broken, by what was done to it. soon is how much later a write may have begun.
func (l Liveness) WorstWrites(ops []history.Operation, soon time.Duration) map[string]float64 {
	worst := map[string]float64{}
	for _, op := range ops {
		if op.Kind == history.Read || op.Outcome != history.OK {
			continue
		}
		for _, server := range l.Placement[op.Key] {
			for _, o := range l.Outages {
				if o.Server == server && (Span{o.From, o.From + int64(soon)}).overlaps(op) {
					worst[o.Action] = max(worst[o.Action], milliseconds(op))
				}
			}
		}
	}
	return worst
}

func milliseconds(op history.Operation) float64 { return float64(op.Return-op.Invoke) / 1e6 }

// sample is the latencies of a class.
type sample struct {
	count, failed int
	answered      []float64 // milliseconds
}

func (s *sample) add(op history.Operation) {
	s.count++
	if op.Outcome != history.OK {
		s.failed++
		return
	}
	s.answered = append(s.answered, milliseconds(op))
}

func (s *sample) class(name string) Class {
	sort.Float64s(s.answered)
	c := Class{Name: name, Count: s.count, Failed: s.failed}
	if n := len(s.answered); n > 0 {
		c.P50, c.P99, c.Max = s.answered[n/2], s.answered[n*99/100], s.answered[n-1]
	}
	return c
}
