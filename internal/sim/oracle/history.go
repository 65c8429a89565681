package oracle

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// History is all that was asked and answered.
type History struct {
	Calls    []*Call
	MaxValue int // bytes, past which an APPEND is answered as too long

	shown []byte // by the answers about the key that is judged
}

// doubt is how many of the calls of unknown outcome are taken into account: those that perhaps never
// happened make a history hard to judge, and most histories can do without them.
type doubt uint8

const (
	onlySeen  doubt = iota // whose value an answer shows
	valueless              // and those that write no value, such as DEL
	all
)

// ErrTooHard is the verdict on a history that could not be judged.
var ErrTooHard = errors.New("the history is too hard to judge")

// Fresh demands that the key's history is that of one register, and that listings say what they may of it. The database is the key's.
func (h *History) Fresh(key int, db kv.DB) error {
	err := h.register(key, db)
	if err == nil {
		return nil
	}
	rest, listings := h.withoutListings(key)
	if len(listings) == 0 || rest.register(key, db) != nil {
		return err
	}
	for _, l := range listings { // a listing does not settle what it shows: each is judged by what came before its answer
		if rest.asOf(l).register(key, db) != nil {
			return fmt.Errorf("a listing says what it may not: %s", l)
		}
	}
	return nil
}

// register demands that the key's history is that of one register, of which listings are reads.
func (h *History) register(key int, db kv.DB) error {
	verdict, n := tooHard, 0
	h.gather(key)
	for d := onlySeen; d <= all; d++ {
		calls := h.about(key, db, d)
		n = len(calls)
		if verdict = judge(calls, h.MaxValue); verdict == fits {
			return nil
		}
	}
	if verdict == contradicts {
		return errors.New("what was answered about the key can't be one register")
	}
	return fmt.Errorf("%w: %d calls", ErrTooHard, n)
}

// about is the calls that concern a key, in the order in which they began, each with its turn.
func (h *History) about(key int, db kv.DB, d doubt) (calls []*Call) {
	var turns [lanes]int
	doubts := false
	for _, c := range h.Calls {
		mine := c.Key == key || c.Key == AllKeys && c.In.DB == db
		if !mine || c.Nothing || c.In.Op == coord.OpList || c.Unknown && (c.reads() || !h.counts(c, d)) {
			continue
		}
		c.lane, c.text = c.pickLane(), string(c.In.Value)
		doubts = doubts || c.Unknown
		calls = append(calls, c)
	}
	sized, kinds := h.sized(calls), []alike(nil)
	for _, c := range calls {
		if c.unread = doubts && h.unread(c); c.unread && c.Unknown {
			c.lane = c.laneOfUnread(sized, &kinds)
		}
		c.turn = turns[c.lane] + 1
		if !c.reads() {
			turns[c.lane]++
		}
	}
	slices.SortStableFunc(calls, func(a, b *Call) int { return int(a.Began - b.Began) })
	return calls
}

// Lanes 0 … MaxClients-1 are the clients'.
const (
	noLane = MaxClients + iota
	laneRemove
	laneCounts                             // INCR by 1, 2, 3
	laneExpire = laneCounts + 3            // one each of expires
	laneUnread = laneExpire + len(expires) // a kind each
	lanes      = laneUnread + 16
)

// expires are the times, in milliseconds, that many commands give a key: those that give it the same are interchangeable.
var expires = [...]int64{30, 300, 3000}

// pickLane gives the order in which the call stands. Removals of unknown outcome are all the same, and so are increments
// of one size; of two such expiries the earlier may end at any time at which the later may.
func (c *Call) pickLane() int {
	switch in := &c.In; {
	case c.Key == AllKeys && !c.Unknown || c.listed():
		return noLane
	case !c.Unknown:
		return c.Client
	case in.Op == coord.OpDel || in.Op == coord.OpGetDel || in.Op == coord.OpFlush:
		return laneRemove
	case in.Op == coord.OpIncrBy && in.N >= 1 && in.N <= 3:
		return laneCounts + int(in.N) - 1
	case in.Op == coord.OpExpire:
		if i := slices.Index(expires[:], in.N); i >= 0 {
			return laneExpire + i
		}
	}
	return noLane
}

// counts tells that a call of unknown outcome is taken into account.
func (h *History) counts(c *Call, d doubt) bool {
	if d == all || c.In.Op == coord.OpIncrBy {
		return true
	}
	if len(c.In.Value) == 0 {
		return d >= valueless
	}
	return h.seen(c)
}

// seen tells that an answer shows the value that the call wrote.
func (h *History) seen(c *Call) bool { return bytes.Contains(h.shown, c.In.Value) }

// gather collects what the answers about a key show.
func (h *History) gather(key int) {
	h.shown = h.shown[:0]
	for _, c := range h.Calls {
		if c.Key == key && c.Value != "" {
			h.shown = append(append(h.shown, c.Value...), 0)
		}
	}
}
