package timeline

import (
	"sort"
	"sync"
	"time"
)

// Band is a time in which a service could not be expected to answer. Times are nanoseconds on the clock of the history.
type Band struct {
	Service string `json:"service"`
	Action  string `json:"action"` // what was done to it
	From    int64  `json:"from_ns"`
	Mended  int64  `json:"mended_ns"` // it was put right; from here on it had to recover
	To      int64  `json:"to_ns"`     // the store showed it in sync
}

// Sample is what the store said at a moment.
type Sample struct {
	At       int64 `json:"at_ns"`
	Known    bool  `json:"known"` // the router answered
	Owed     int64 `json:"owed"`  // entries
	Buffered int64 `json:"buffered"`
	Early    int64 `json:"early"` // corrections so far
	Late     int64 `json:"late"`
}

// Span is a time in which something held.
type Span struct{ From, To int64 }

// Timeline collects. Its methods are safe for concurrent use.
type Timeline struct {
	now func() int64

	mu struct {
		sync.Mutex
		open    map[string]*Band
		bands   []Band
		samples []Sample
		stalls  []Span
	}
}

// New is a timeline on a clock.
func New(now func() int64) *Timeline {
	t := &Timeline{now: now}
	t.mu.open = map[string]*Band{}
	return t
}

// Break tells that something is done to a service from now on; call it before it is done.
func (t *Timeline) Break(service, action string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closeLocked(service) // broken again before it had recovered
	t.mu.open[service] = &Band{Service: service, Action: action, From: t.now()}
}

// Mend tells that it was put right.
func (t *Timeline) Mend(service string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if b := t.mu.open[service]; b != nil {
		b.Mended = t.now()
	}
}

// Broken are the services that have not recovered.
func (t *Timeline) Broken() map[string]bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	broken := map[string]bool{}
	for service := range t.mu.open {
		broken[service] = true
	}
	return broken
}

// unsure is how long the store may show a server as it was before it was broken.
const unsure = int64(time.Second)

// Add takes a sample, with the services that the store shows in sync.
func (t *Timeline) Add(s Sample, inSync []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s.At = t.now()
	t.mu.samples = append(t.mu.samples, s)
	for _, service := range inSync {
		if b := t.mu.open[service]; b != nil && b.Mended > 0 && s.At > b.Mended+unsure {
			t.closeLocked(service)
		}
	}
}

// Stall tells that this very machine stood still until now.
func (t *Timeline) Stall(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.stalls = append(t.mu.stalls, Span{t.now() - int64(d), t.now()})
}

// End closes what is open.
func (t *Timeline) End() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for service := range t.mu.open {
		t.closeLocked(service)
	}
	sort.Slice(t.mu.bands, func(i, j int) bool { return t.mu.bands[i].From < t.mu.bands[j].From })
}

func (t *Timeline) closeLocked(service string) {
	b := t.mu.open[service]
	if b == nil {
		return
	}
	b.To = t.now()
	if b.Mended == 0 {
		b.Mended = b.To
	}
	t.mu.bands = append(t.mu.bands, *b)
	delete(t.mu.open, service)
}

// Bands are what was broken, in order, once it has ended.
func (t *Timeline) Bands() []Band {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Band(nil), t.mu.bands...)
}

// Samples are what the store said, in order.
func (t *Timeline) Samples() []Sample {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Sample(nil), t.mu.samples...)
}

// Stalls are the times in which this machine stood still, in order.
func (t *Timeline) Stalls() []Span {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Span(nil), t.mu.stalls...)
}
