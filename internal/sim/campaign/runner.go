package campaign

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Options of a campaign.
type Options struct {
	First, Seeds uint64
	Workers      int
	Stop         int    // after so many failures
	Promise      string // that must be broken to count for Stop; empty = any
	// Progress is called now and then, with the totals so far.
	Progress func(*Totals)
}

// Totals is what a campaign came to so far.
type Totals struct {
	Seeds    uint64
	Faults   uint64
	Hollow   uint64 // runs in which too little succeeded to prove anything
	Seen     [states]uint64
	Answers  map[string]int
	Failures []Failed
}

// Failed is a seed that failed.
type Failed struct {
	Seed    uint64
	Failure *Failure
}

// Reached is how many of the rare states were reached.
func (t *Totals) Reached() (n int) {
	for _, c := range t.Seen {
		if c > 0 {
			n++
		}
	}
	return n
}

// Missing are the rare states that no run reached.
func (t *Totals) Missing() (names []string) {
	for s, c := range t.Seen {
		if c == 0 {
			names = append(names, StateNames[s])
		}
	}
	return names
}

// broken counts the failures that broke a promise, or all.
func (t *Totals) broken(promise string) (n int) {
	for _, f := range t.Failures {
		if promise == "" || f.Failure.Promise == promise {
			n++
		}
	}
	return n
}

// First is the failure of the lowest seed among those that broke a promise, or all; nil if there is none.
func (t *Totals) First(promise string) (first *Failed) {
	for i := range t.Failures {
		f := &t.Failures[i]
		if (promise == "" || f.Failure.Promise == promise) && (first == nil || f.Seed < first.Seed) {
			first = f
		}
	}
	return first
}

// Run runs every seed, as many at a time as there are workers: a world is one goroutine's.
func (o Options) Run() *Totals {
	var (
		next  atomic.Uint64
		stop  atomic.Bool
		mu    sync.Mutex
		group sync.WaitGroup
	)
	t := &Totals{Answers: map[string]int{}}
	for range max(1, o.Workers) {
		group.Go(func() {
			for !stop.Load() {
				n := next.Add(1) - 1
				if n >= o.Seeds {
					return
				}
				seed := o.First + n
				out := play(seed)
				mu.Lock()
				t.add(seed, out)
				if t.broken(o.Promise) >= max(1, o.Stop) {
					stop.Store(true)
				}
				if o.Progress != nil {
					o.Progress(t)
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return t
}

// play runs a seed. A fatal error, which nothing can catch, names it in its stack: the argument, in hexadecimal.
//
//go:noinline
func play(seed uint64) *Outcome {
	out := Run(Draw(seed), nil, false)
	runtime.KeepAlive(&seed)
	return out
}

// hollowCalls is how many calls must be answered, or a run proves little.
const hollowCalls = 10

func (t *Totals) add(seed uint64, out *Outcome) {
	t.Seeds++
	t.Faults += uint64(out.Faults)
	for s, n := range out.Seen {
		t.Seen[s] += uint64(n)
	}
	for k, n := range out.Answers {
		t.Answers[k] += n
	}
	if out.Answers["answered"] < hollowCalls {
		t.Hollow++
	}
	if out.Failure != nil {
		t.Failures = append(t.Failures, Failed{seed, out.Failure})
	}
}
