package slow

// Config is what a detector is told once. Times are milliseconds.
type Config struct {
	Misses int   // after so many a server is slow
	Spaced int64 // a stall counts as one miss in so long, however many requests it holds up
	Clean  int64 // a slow server that kept up for so long is slow no more
}

const (
	// relapseTimes is how many clean times a server must last to count as mended: one that is slow
	// again before needs twice as long the next time.
	relapseTimes = 4
	// mostDoublings bounds that: 2^4 clean times are 80 s by default.
	mostDoublings = 4
)

// Longest is the clean time that is demanded of the worst server.
func (c Config) Longest() int64 { return c.Clean << mostDoublings }

// Detector judges one server. It owns no timer: now is steady milliseconds that never go back.
//
// Invariants:
//  1. Misses count until a clean time passes without one: a disk that stalls now and then is slow
//     even if it answers well in between.
//  2. A slow server becomes fast only by evidence: an answer in time, no miss and nothing overdue for
//     the clean time that is demanded of it.
type Detector struct {
	cfg      Config
	slow     bool
	kept     bool // there was an answer in time since the latest trouble
	misses   int
	missed   int64 // when the latest counted miss was
	trouble  int64 // when a request was last known to be past its deadline
	doubled  int
	mended   int64 // when it was last found fast again
	relapses bool  // mended means something
}

// New is the detector of a server that is fast so far.
func New(cfg Config) Detector { return Detector{cfg: cfg} }

// Slow tells the verdict.
func (d *Detector) Slow() bool { return d.slow }

// Begin starts over with a new session. What a relapse costs is remembered.
func (d *Detector) Begin(now int64) {
	if d.slow {
		d.mended, d.relapses = now, true
	}
	d.slow, d.kept, d.misses = false, false, 0
}

// Kept takes an answer that came before its deadline.
func (d *Detector) Kept() { d.kept = true }

// miss takes a look at which a request was past its deadline, and tells whether that made the server slow.
func (d *Detector) miss(now int64) (became bool) {
	d.trouble, d.kept = now, false
	if d.misses > 0 && now-d.missed < d.cfg.Spaced {
		return false
	}
	if now-d.missed >= d.cfg.Clean {
		d.misses = 0
	}
	d.misses++
	d.missed = now
	if d.slow || d.misses < d.cfg.Misses {
		return false
	}
	d.slow = true
	if d.relapses && now-d.mended < relapseTimes*d.demanded() {
		d.doubled = min(d.doubled+1, mostDoublings)
	} else {
		d.doubled = 0
	}
	return true
}

// Tick passes time; overdue tells that requests are past their deadlines and still unanswered, which goes on
// being a miss. It tells whether the verdict changed.
func (d *Detector) Tick(now int64, overdue bool) (changed bool) {
	switch {
	case overdue:
		return d.miss(now)
	case d.slow && d.kept && now-d.trouble >= d.demanded():
		d.slow, d.misses = false, 0
		d.mended, d.relapses = now, true
		return true
	}
	return false
}

// demanded is the clean time that makes the server fast again.
func (d *Detector) demanded() int64 { return d.cfg.Clean << d.doubled }
