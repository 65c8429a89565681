package oracle

import (
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
