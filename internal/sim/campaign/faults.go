package campaign

import (
	"github.com/distributedstorage/ds/internal/sim/disk"
)

// A mishap is something that a step does to the world. Rows names the lines of the table of faults in docs/testing.md
// that it is a part of.
type mishap struct {
	name   string
	rows   []row
	weight uint32
	do     func(r *run, s *Step)
}

// choose picks a fault by the step's number.
func choose(from []mishap, which uint32) *mishap {
	total := uint32(0)
	for i := range from {
		total += from[i].weight
	}
	n := which % total
	for i := range from {
		if n < from[i].weight {
			return &from[i]
		}
		n -= from[i].weight
	}
	panic("campaign: weights")
}

// inject does one of the faults.
func (r *run) inject(from []mishap, s *Step) {
	f := choose(from, s.Which)
	r.out.Faults++
	if r.trace {
		r.notef("fault: %s, server %d, %d ms", f.name, s.Server, s.Millis)
	}
	f.do(r, s)
}

// backup is a snapshot of a volume and the number of sessions that its server had had.
type backup struct {
	volume   disk.Volume
	sessions int
}
