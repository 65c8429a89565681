package campaign

import (
	"slices"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// collapseMillis is longer than a pass of the core through the partitions of a plan's keys, with the time until it begins.
const collapseMillis = 1000

// uncollapsed is since when, in the core's time, partitions that could collapse have not.
type uncollapsed struct {
	core  *coord.Core
	since map[kv.Partition]int64
}

// began says that the partition's entries are others than they were: they collapsed, or one was made or replaced.
func (u *uncollapsed) began(p kv.Partition) { delete(u.since, p) }

// collapses demands that what can collapse does so in time, while the table is over its budget.
func (r *run) collapses() {
	c, u := r.w.Router.Core(), &r.uncollapsed
	if c != u.core || c == nil {
		*u = uncollapsed{c, map[kv.Partition]int64{}}
	}
	if c == nil || r.out.Failure != nil {
		return
	}
	now, parts := c.Uncollapsed()
	for p := range u.since {
		if !slices.Contains(parts, p) {
			delete(u.since, p)
		}
	}
	for _, p := range parts {
		since, known := u.since[p]
		if !known {
			u.since[p] = now
		} else if now-since > collapseMillis {
			r.failf("BOUNDED", "", "the table is over its budget, and partition %d could have collapsed for %d ms", p, now-since)
			return
		}
	}
}
