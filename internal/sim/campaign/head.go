package campaign

import (
	"math/rand/v2"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// headsOneIn is how many reads ask for the head only, as EXISTS, TTL and STRLEN do.
const headsOneIn = 4

// readOp draws how a read asks.
func readOp(rng *rand.Rand) coord.Op {
	if rng.IntN(headsOneIn) == 0 {
		return coord.OpHead
	}
	return coord.OpGet
}

// headed makes of an answer that tells length, expiry and checksum the value that has them, so that it is judged as one that shows it. That is a
// value that a client asked to write, or what came of appending and counting, which a disk mostly has still.
func (r *run) headed(c *oracle.Call, h *kv.Head) {
	k := &r.p.Keys[c.Key]
	c.N = h.Expiry
	fits := func(value []byte) bool {
		return len(value) == int(h.Length) && kv.Checksum(kv.Live, h.Expiry, value) == h.Checksum
	}
	for i := len(r.history.Calls) - 1; i >= 0; i-- {
		if w := r.history.Calls[i]; w.Key == c.Key && fits(w.In.Value) {
			c.Code, c.Value = coord.ReplyValue, string(w.In.Value)
			r.saw(stateHead)
			return
		}
	}
	switch value := r.recordOf(k, *h); {
	case fits(value):
		c.Code, c.Value = coord.ReplyValue, string(value)
		r.saw(stateHead)
	case h.Kind != kv.Live || k.Class == fleeting: // to which nothing is appended
		r.failf("NOGHOST", string(k.Name), "%d bytes of kind %d, which nobody wrote: %s", h.Length, h.Kind, c)
	}
}
