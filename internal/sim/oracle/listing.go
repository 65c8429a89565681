package oracle

import (
	"math"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// Says is what the answer of a listing says of a key that falls into its page: that it was there at some moment of the call, or that
// it was not. A key that was there through the whole call must be listed, one that was not through the whole call must not be; of any other
// nothing is demanded, nor that two keys are shown as of the same moment.
func (c *Call) Says(key int, db kv.DB, name []byte, there bool) *Call {
	said := &Call{
		Client: c.Client, Key: key, In: coord.Input{Op: coord.OpHead, DB: db, Key: name}, Began: c.Began, Ended: c.Ended,
		Low: c.Low, High: c.High, Code: coord.ReplyInt, said: true,
	}
	if there {
		said.N = 1
	}
	return said
}

// listed tells that the call is what a listing says of a key. It may take effect whenever it is true, and changes nothing.
func (c *Call) listed() bool { return c.said }

// says tells that the listing may say so of the key in this state.
func (s cell) says(c *Call) bool {
	if c.N == 1 {
		return s.mayLive(c)
	}
	return s.mayNot(c)
}

// withoutListings is the history without what listings say, and what they say of a key.
func (h *History) withoutListings(key int) (rest *History, listings []*Call) {
	rest = &History{MaxValue: h.MaxValue}
	for _, c := range h.Calls {
		switch {
		case !c.listed():
			rest.Calls = append(rest.Calls, c)
		case c.Key == key:
			listings = append(listings, c)
		}
	}
	return rest, listings
}

// asOf is the history up to the answer of a listing, and what that says: what was under way then has an unknown outcome.
func (h *History) asOf(listing *Call) *History {
	then := &History{MaxValue: h.MaxValue, Calls: []*Call{listing}}
	for _, c := range h.Calls {
		if c.Began > listing.Ended {
			continue
		}
		if c.Ended > listing.Ended && !c.Unknown && !c.Nothing {
			open := *c
			open.Unknown, open.Ended, open.Value = true, math.MaxInt64, ""
			c = &open
		}
		then.Calls = append(then.Calls, c)
	}
	return then
}
