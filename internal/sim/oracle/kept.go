package oracle

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// Writes is what was asked of one key, to be held against what its copies hold and what was answered. It knows nothing of the search
// for a register: it tells from the times of the calls alone what is certainly gone, and what was certainly never there.
//
// A value is a text that is unique to its call, perhaps behind others to which it was appended; or an integer, perhaps before them.
type Writes struct {
	key    string
	texts  map[string]*Call // by what they write; refused ones too
	left   []*Call          // of which one was the last: acknowledged and certainly not replaced, or of unknown outcome
	gone   []*Call          // that removed the key, acknowledged, in the order in which they were answered
	began  []int64          // of gone: the latest beginning up to each
	counts []*Call          // INCRBY that may have taken effect, and SET of an integer
	expire bool             // an expiry was set by other means than a write
	last   *Call            // acknowledged, that began last
	reads  []*Call
}

// Writes gathers the calls about a key, whose database is given.
func (h *History) Writes(key int, db kv.DB, name string) *Writes {
	w := &Writes{key: name, texts: map[string]*Call{}}
	var known [MaxClients]int64 // by client: when its last acknowledged write began
	latest := int64(-1)
	var all []*Call
	for _, c := range h.Calls {
		if c.Key != key && (c.Key != AllKeys || c.In.DB != db) {
			continue
		}
		w.note(c)
		if c.Nothing || !c.changes() {
			continue
		}
		all = append(all, c)
		if c.Unknown {
			continue
		}
		if c.Began > latest {
			latest, w.last = c.Began, c
		}
		if c.Key != AllKeys {
			known[c.Client] = max(known[c.Client], c.Began)
		}
	}
	for _, c := range all {
		if c.Unknown || c.Ended >= latest && (c.Key == AllKeys || c.Began >= known[c.Client]) {
			w.left = append(w.left, c)
		}
	}
	w.sortGone()
	return w
}

// note files a call under what it does.
func (w *Writes) note(c *Call) {
	if len(c.In.Value) > 0 {
		if had := w.texts[string(c.In.Value)]; had == nil || had.Nothing || c.Repeats {
			w.texts[string(c.In.Value)] = c
		}
	}
	if !c.Unknown && !c.Nothing && c.Code == coord.ReplyValue {
		w.reads = append(w.reads, c)
	}
	if c.Nothing {
		return
	}
	switch {
	case c.removes() && !c.Unknown && c.Ended != math.MaxInt64:
		w.gone = append(w.gone, c)
	case c.In.Op == coord.OpExpire:
		w.expire = true
	case c.In.Op == coord.OpIncrBy:
		w.counts = append(w.counts, c)
	case c.In.Op == coord.OpSet:
		if _, err := strconv.ParseInt(string(c.In.Value), 10, 64); err == nil {
			w.counts = append(w.counts, c)
		}
	}
}

func (w *Writes) sortGone() {
	slices.SortFunc(w.gone, func(a, b *Call) int { return int(a.Ended - b.Ended) })
	latest := int64(-1)
	for _, c := range w.gone {
		latest = max(latest, c.Began)
		w.began = append(w.began, latest)
	}
}

// removes tells that the call leaves nothing if it takes effect.
func (c *Call) removes() bool {
	return c.In.Op == coord.OpDel || c.In.Op == coord.OpGetDel || c.In.Op == coord.OpFlush
}

// changes tells that the call has, or may have, written or removed a value.
func (c *Call) changes() bool {
	switch c.In.Op {
	case coord.OpDel, coord.OpGetDel, coord.OpFlush:
		return true
	case coord.OpSet:
		return c.Unknown || c.Code == coord.ReplyOK || c.In.Flags&coord.FlagGet != 0
	case coord.OpAppend, coord.OpIncrBy:
		return c.Unknown || c.Code == coord.ReplyInt
	}
	return false
}

// split cuts the last text off a value.
func split(value string) (rest, text string) {
	for i := len(value) - 1; i >= 0; i-- {
		if 'a' <= value[i] && value[i] <= 'z' {
			return value[:i], value[i:]
		}
	}
	return value, ""
}

// Lost tells what is wrong if no copy holds the key in the end: that a write was acknowledged and nothing that came after it may have
// removed it.
func (w *Writes) Lost() error {
	for _, c := range w.left {
		if c.removes() || c.In.Flags&(coord.FlagExpireIn|coord.FlagExpireAt|coord.FlagKeepTTL) != 0 {
			return nil
		}
	}
	if w.expire || w.last == nil {
		return nil
	}
	return fmt.Errorf("no copy holds %s, although this was acknowledged and nothing came after it: %s", w.key, w.last)
}

// Stale tells what is wrong if a copy holds the value in the end: that a newer one was acknowledged.
func (w *Writes) Stale(value string) error {
	_, text := split(value)
	for _, c := range w.left {
		switch {
		case c.Repeats && string(c.In.Value) == value, text != "" && string(c.In.Value) == text:
			return nil
		case text == "" && !c.removes() && w.isCount(c):
			return nil
		}
	}
	if w.last == nil {
		return nil
	}
	return fmt.Errorf("%s is still %s, although this was acknowledged later: %s", w.key, short(value), w.last)
}

func (w *Writes) isCount(c *Call) bool { return slices.Contains(w.counts, c) || len(c.In.Value) == 0 }

// Ghost tells what is wrong with a value that a copy holds or an answer shows: that nobody wrote it, or that who did was told that nothing was done.
func (w *Writes) Ghost(value string) error {
	rest := value
	for rest != "" {
		if c := w.texts[rest]; c != nil && !c.Nothing {
			return nil
		}
		before, text := split(rest)
		if text == "" {
			return w.countable(rest)
		}
		switch c := w.texts[text]; {
		case c == nil:
			return fmt.Errorf("%s is %s, which nobody wrote", w.key, short(value))
		case c.Nothing:
			return fmt.Errorf("%s is %s, although its client was told %s: nothing was done", w.key, short(value), c.Fault.Prefix())
		}
		rest = before
	}
	return nil
}

// countable tells whether an integer can have come of the increments, in whatever order.
func (w *Writes) countable(value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || len(w.counts) == 0 {
		return fmt.Errorf("%s is %s, which nobody wrote", w.key, short(value))
	}
	most := int64(0)
	for _, c := range w.counts {
		if c.In.Op == coord.OpIncrBy {
			most += c.In.N
		}
	}
	if n >= 0 && n <= most {
		return nil
	}
	for _, c := range w.counts {
		if base, err := strconv.ParseInt(string(c.In.Value), 10, 64); err == nil && base <= n && n <= base+most {
			return nil
		}
	}
	return fmt.Errorf("%s is %d, which nobody counted to", w.key, n)
}

// Ghosts tells what is wrong with the answers: that one shows a value which nobody had written by then, or which was certainly
// deleted or expired before it was asked for.
func (w *Writes) Ghosts() error {
	for _, c := range w.reads {
		if err := w.Ghost(c.Value); err != nil {
			return fmt.Errorf("%w: %s", err, c)
		}
		_, text := split(c.Value)
		if text == "" { // an integer: two may have counted to it
			continue
		}
		wrote := w.texts[c.Value]
		if wrote == nil {
			wrote = w.texts[text]
		}
		if wrote == nil || wrote.Repeats { // what came back after a loss that is excused
			continue
		}
		if wrote.Began > c.Ended {
			return fmt.Errorf("%s was answered before it was written: %s", short(c.Value), c)
		}
		if d := w.deleted(wrote, c); d != nil {
			return fmt.Errorf("%s, although %s came between", c, d)
		}
		if e := wrote.ends(); e < c.Low && !w.expire {
			return fmt.Errorf("%s, although it had expired at %d, %d ms before it was asked for", c, e, c.Low-e)
		}
	}
	return nil
}

// deleted is a delete that came after the write was answered, and was answered before the read was asked.
func (w *Writes) deleted(wrote, read *Call) *Call {
	if wrote.Unknown {
		return nil
	}
	n, _ := slices.BinarySearchFunc(w.gone, read.Began, func(d *Call, t int64) int { return int(d.Ended - t) })
	if n == 0 || w.began[n-1] <= wrote.Ended {
		return nil
	}
	for _, d := range w.gone[:n] {
		if d.Began > wrote.Ended {
			return d
		}
	}
	return nil
}

// ends is the last moment at which what the call wrote may be seen.
func (c *Call) ends() int64 {
	switch {
	case c.In.Op == coord.OpIncrBy, c.High == math.MaxInt64, c.In.Flags&coord.FlagExpireIn == 0:
		return math.MaxInt64
	}
	return c.High + c.In.N
}
