package coord

import (
	"github.com/distributedstorage/ds/internal/planted"
)

// maxStepMillis is the longest gap between two steps that is still ordinary, five ticks. A longer one is the
// router's own pause, for which no server is to blame: to deadlines it counts as one tick, because answers may
// have come in time and not have been read.
const maxStepMillis = 100

// maxLeapMillis is the longest leap of the wall clock that is followed while the router runs: a day, more than clocks
// are ever set by. A longer one would expire, for good, what has years to live. It is believed at the next start.
const maxLeapMillis = 24 * 3600 * 1000

// timekeeper turns the driver's clocks into the two that the core uses.
type timekeeper struct {
	started  bool
	lastMono int64
	// steady is the milliseconds that deadlines run on: it never jumps.
	steady     int64
	steadyRest int64 // nanoseconds not yet in steady
	// expiry is the Unix milliseconds that expiries are stamped and judged by: at least the
	// wall clock, at least the durable mark, and never slower than the monotonic clock.
	expiry     int64
	expiryRest int64
	leapt      bool // the wall clock is further ahead than is believed
}

// advance takes the time of a step and tells of a pause in milliseconds.
func (t *timekeeper) advance(now Now) (pause int64) {
	first := !t.started
	if first {
		t.started, t.lastMono = true, now.Mono
	}
	delta := max(now.Mono-t.lastMono, 0)
	t.lastMono += delta
	t.expiryRest += delta
	t.expiry += t.expiryRest / 1e6
	t.expiryRest %= 1e6
	ahead := now.Wall - t.expiry
	t.leapt = !first && ahead > maxLeapMillis
	if ahead > 0 && !t.leapt || planted.On(planted.ExpiryByWall) {
		t.expiry, t.expiryRest = now.Wall, 0
	}
	if delta > maxStepMillis*1e6 && !planted.On(planted.PauseBlamed) {
		pause = delta/1e6 - TickInterval
		delta = TickInterval * 1e6
	}
	t.steadyRest += delta
	t.steady += t.steadyRest / 1e6
	t.steadyRest %= 1e6
	return pause
}
