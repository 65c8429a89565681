package campaign

import (
	"slices"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/ring"
)

// proofs follows the comparisons of all partitions that one core began, and since when it said that all is equal. Times are of the clock that
// the core tells times of.
type proofs struct {
	began  map[int64]bool // a comparison did
	latest []int64        // beginning of one that a server took part in, by server
	last   int64          // told
}

func (r *run) proofsOf(c *coord.Core) *proofs {
	p := r.proofs[c]
	if p == nil {
		p = &proofs{began: map[int64]bool{}, latest: make([]int64, len(r.w.Servers))}
		r.proofs[c] = p
	}
	return p
}

// compared sees that a server is asked to take part in a comparison.
func (r *run) compared(c *coord.Core, n ring.Server) {
	p, now := r.proofsOf(c), c.ExpiryMillis()
	p.began[now], p.latest[n] = true, now
}

// proved demands of the time since when all is said to be equal that a comparison began then, that every server took part in that one or in a
// later one, and that it does not go back.
func (r *run) proved(at int64) {
	p := r.proofsOf(r.w.Router.Core())
	const what = "everything was proved equal at %d, is what is told, and "
	switch {
	case at == p.last:
	case at < p.last:
		r.failf("CONV", "", what+"before that it was at %d", at, p.last)
	case !p.began[at]:
		r.failf("CONV", "", what+"no comparison began then", at)
	case slices.Min(p.latest) < at:
		r.failf("CONV", "", what+"the servers were last compared at %d", at, p.latest)
	}
	p.last = at
}
