package oracle

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
)

// story makes a history of calls for key 0, one after the other.
type story struct {
	History
	clock int64
}

func (s *story) add(op coord.Op, value string, change func(*Call)) *Call {
	c := &Call{Began: s.clock + 1, Ended: s.clock + 2, High: math.MaxInt64, Code: coord.ReplyOK}
	s.clock += 2
	c.In.Op, c.In.Value = op, []byte(value)
	if op == coord.OpDel || op == coord.OpIncrBy {
		c.Code, c.N = coord.ReplyInt, 1
	}
	if change != nil {
		change(c)
	}
	s.Calls = append(s.Calls, c)
	return c
}

func unknown(c *Call) { c.Unknown, c.Ended = true, math.MaxInt64 }
func refused(c *Call) { c.Nothing, c.Fault = true, fault.Busy }
func shows(v string) func(*Call) {
	return func(c *Call) { c.Code, c.Value = coord.ReplyValue, v }
}

const none = "-"

type told struct {
	name, held, wrong string
	tell              func(*story)
}

// TestWrites holds what copies have in the end, and answers show, against histories.
func TestWrites(t *testing.T) {
	for _, test := range slices.Concat(heldStories, readStories) {
		var s story
		test.tell(&s)
		w := s.Writes(0, 0, "key")
		err := w.Ghosts()
		for _, check := range []func(string) error{w.Ghost, w.Stale} {
			if err == nil && test.held != none {
				err = check(test.held)
			}
		}
		if err == nil && test.held == none {
			err = w.Lost()
		}
		if (err == nil) != (test.wrong == "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%s: %v, want %q", test.name, err, test.wrong)
		}
	}
}

var heldStories = []told{
	{"the last write", "b1.", "", func(s *story) { s.add(coord.OpSet, "a1.", nil); s.add(coord.OpSet, "b1.", nil) }},
	{"an older write", "a1.", "acknowledged later", func(s *story) { s.add(coord.OpSet, "a1.", nil); s.add(coord.OpSet, "b1.", nil) }},
	{"nothing", none, "no copy holds", func(s *story) { s.add(coord.OpSet, "a1.", nil) }},
	{"nothing, perhaps deleted", none, "", func(s *story) { s.add(coord.OpSet, "a1.", nil); s.add(coord.OpDel, "", unknown) }},
	{"nothing, deleted before", none, "no copy holds", func(s *story) { s.add(coord.OpDel, "", nil); s.add(coord.OpSet, "a1.", nil) }},
	{"nothing, expires", none, "", func(s *story) {
		s.add(coord.OpSet, "a1.", func(c *Call) { c.In.Flags, c.In.N = coord.FlagExpireIn, 10 })
	}},
	{"an unknown write", "b1.", "", func(s *story) { s.add(coord.OpSet, "b1.", unknown); s.add(coord.OpSet, "a1.", nil) }},
	{"a refused write", "b1.", "told BUSY", func(s *story) { s.add(coord.OpSet, "a1.", nil); s.add(coord.OpSet, "b1.", refused) }},
	{"appended to a refused write", "b1.c1.", "told BUSY", func(s *story) {
		s.add(coord.OpSet, "b1.", refused)
		s.add(coord.OpAppend, "c1.", unknown)
	}},
	{"nobody's", "x1.", "nobody wrote", func(s *story) { s.add(coord.OpSet, "a1.", nil) }},
	{"pipelined, the first is left", "a1.", "acknowledged later", func(s *story) {
		a := s.add(coord.OpSet, "a1.", nil)
		b := s.add(coord.OpSet, "b1.", nil)
		a.Ended, b.Ended = 10, 11
	}},
	{"at the same time", "a1.", "", func(s *story) {
		a := s.add(coord.OpSet, "a1.", nil)
		b := s.add(coord.OpSet, "b1.", func(c *Call) { c.Client = 1 })
		a.Ended, b.Ended = 10, 11
	}},
	{"counted", "2", "", func(s *story) {
		s.add(coord.OpIncrBy, "", func(c *Call) { c.In.N = 1 })
		s.add(coord.OpIncrBy, "", func(c *Call) { c.In.N = 1 })
	}},
	{"counted too far", "3", "nobody counted", func(s *story) { s.add(coord.OpIncrBy, "", func(c *Call) { c.In.N = 1 }) }},
	{"counted, then written", "1", "acknowledged later", func(s *story) {
		s.add(coord.OpIncrBy, "", func(c *Call) { c.In.N = 1 })
		s.add(coord.OpSet, "a1.", nil)
	}},
}

var readStories = []told{
	{"read after a delete", none, "came between", func(s *story) {
		s.add(coord.OpSet, "a1.", nil)
		s.add(coord.OpDel, "", nil)
		s.add(coord.OpGet, "", shows("a1."))
	}},
	{"read beside a delete", none, "", func(s *story) {
		s.add(coord.OpSet, "a1.", nil)
		s.add(coord.OpDel, "", nil)
		s.add(coord.OpGet, "", shows("a1.")).Began = 3
	}},
	{"read after it expired", none, "expired at", func(s *story) {
		s.add(coord.OpSet, "a1.", func(c *Call) { c.In.Flags, c.In.N, c.High = coord.FlagExpireIn, 10, 100 })
		s.add(coord.OpGet, "", shows("a1.")).Low = 111
	}},
	{"read before it was written", "a1.", "before it was written", func(s *story) {
		s.add(coord.OpGet, "", shows("a1."))
		s.add(coord.OpSet, "a1.", nil)
	}},
}
