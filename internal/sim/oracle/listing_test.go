package oracle

import (
	"math"
	"testing"

	"github.com/distributedstorage/ds/internal/coord"
)

// TestListing: a listing must show what was there throughout, must not show what was not, and may do either in between.
func TestListing(t *testing.T) {
	call := func(op coord.Op, began, ended int64) *Call {
		c := &Call{Began: began, Ended: ended, Code: coord.ReplyOK, Low: 100, High: 200}
		if c.In.Op = op; op == coord.OpSet {
			c.In.Value = []byte("v")
		} else if op == coord.OpDel {
			c.Code, c.N = coord.ReplyInt, 1
		}
		return c
	}
	short := call(coord.OpSet, 1, 2)
	short.In.Flags, short.In.N = coord.FlagExpireAt, 150
	gone := call(coord.OpSet, 1, 2)
	gone.In.Flags, gone.In.N = coord.FlagExpireAt, 50
	for name, c := range map[string]struct {
		history          []*Call
		began, ended     int64
		there, elsewhere bool // may be listed, may be missing
	}{
		"never written":      {nil, 3, 4, false, true},
		"written before":     {[]*Call{call(coord.OpSet, 1, 2)}, 3, 4, true, false},
		"written meanwhile":  {[]*Call{call(coord.OpSet, 3, 6)}, 4, 5, true, true},
		"written afterwards": {[]*Call{call(coord.OpSet, 5, 6)}, 3, 4, false, true},
		"deleted before":     {[]*Call{call(coord.OpSet, 1, 2), call(coord.OpDel, 3, 4)}, 5, 6, false, true},
		"deleted meanwhile":  {[]*Call{call(coord.OpSet, 1, 2), call(coord.OpDel, 4, 6)}, 3, 5, true, true},
		"expires meanwhile":  {[]*Call{short}, 3, 4, true, true},
		"expired before":     {[]*Call{gone}, 3, 4, false, true},
	} {
		list := &Call{Began: c.began, Ended: c.ended, Low: 100, High: 200}
		for _, there := range []bool{true, false} {
			want := c.there
			if !there {
				want = c.elsewhere
			}
			h := History{MaxValue: 100, Calls: append([]*Call{list.Says(0, 0, nil, there)}, c.history...)}
			if got := h.Fresh(0, 0) == nil; got != want {
				t.Errorf("%s: listed %v is judged %v", name, there, got)
			}
		}
	}
}

// TestListingSettlesNothing: what a listing shows of a write that nobody knows the outcome of may be gone again; what it shows of one
// that was answered may not, nor may what it shows have been deleted.
func TestListingSettlesNothing(t *testing.T) {
	set := &Call{Began: 1, Ended: math.MaxInt64, Unknown: true}
	set.In.Op, set.In.Value = coord.OpSet, []byte("v")
	list := (&Call{Began: 2, Ended: 3}).Says(0, 0, nil, true)
	read := &Call{Began: 4, Ended: 5, Code: coord.ReplyNil}
	read.In.Op = coord.OpGet
	h := History{MaxValue: 100, Calls: []*Call{set, list, read}}
	if err := h.Fresh(0, 0); err != nil {
		t.Error(err)
	}
	set.Unknown, set.Ended, set.Code = false, 2, coord.ReplyOK
	if h.Fresh(0, 0) == nil {
		t.Error("an answered write was listed, then gone")
	}
	set.Unknown, set.Ended, set.Began, list.Began = true, math.MaxInt64, 4, 2
	if h.Fresh(0, 0) == nil {
		t.Error("a write was listed before it was asked for")
	}
}
