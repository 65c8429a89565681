package hlc

import (
	"math"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
)

// Clock stamps versions. After Kulkarni et al., "Logical Physical Clocks" (2014).
//
// Invariants:
//  1. A stamp is above every earlier stamp and every version merged.
//  2. A stamp is at most the ceiling, which the caller has made durable: after a crash
//     the clock starts at the ceiling, so that it never repeats itself.
type Clock struct {
	last    uint64 // highest time stamped or seen
	ceiling uint64 // highest time that may be stamped
	router  uint16
}

// New is the clock of a router that has stamped or seen nothing above last.
func New(router uint16, last uint64) Clock { return Clock{last: last, ceiling: last, router: router} }

// Stamp makes the next version from the wall clock in Unix milliseconds. It fails when the
// ceiling leaves no room: nothing may be stamped until a higher one is durable.
func (c *Clock) Stamp(wall int64) (kv.Version, bool) {
	t := min(reading(wall), c.ceiling)
	if t <= c.last {
		t = c.last + 1
	}
	if t > c.ceiling && !planted.On(planted.StampAboveCeiling) {
		return kv.Version{}, false
	}
	c.last = t
	return kv.Version{Time: t, Router: c.router}, true
}

// Merge takes a version seen elsewhere into account.
func (c *Clock) Merge(v kv.Version) {
	if !planted.On(planted.ForgetSeen) {
		c.last = max(c.last, v.Time)
	}
}

// Rename gives the clock another router's id: what it stamped before is no longer its own.
func (c *Clock) Rename(router uint16) { c.router = router }

// Raise lifts the ceiling; the caller has made it durable.
func (c *Clock) Raise(ceiling uint64) { c.ceiling = max(c.ceiling, ceiling) }

// Own tells that this clock stamped v.
func (c *Clock) Own(v kv.Version) bool { return v.Router == c.router && v.Time <= c.last }

// Last is the highest time stamped or seen.
func (c *Clock) Last() uint64 { return c.last }

// Ceiling is the highest time that may be stamped.
func (c *Clock) Ceiling() uint64 { return c.ceiling }

// Next is a ceiling that leaves the given milliseconds of room above now and all seen.
func (c *Clock) Next(wall, room int64) uint64 {
	from := max(reading(wall), c.last)
	return from + min(reading(room), math.MaxUint64-from)
}

// maxMillis is the last millisecond that a version can tell, in the year 10889.
const maxMillis = 1<<48 - 1

// reading is a wall clock's reading as the time of a version, as far as it has one.
func reading(wall int64) uint64 { return uint64(min(max(wall, 0), maxMillis)) << 16 }
