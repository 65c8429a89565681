package oracle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/coord"
)

// TestManyUnread: however many writes of unknown outcome nobody saw, it can be told whether what was answered is right.
func TestManyUnread(t *testing.T) {
	for _, absent := range []bool{false, true} {
		var s story
		s.MaxValue = 1_000_000
		for i := range 200 {
			value, flags := fmt.Sprintf("v%d.", i), []coord.Flag{0, coord.FlagGet, coord.FlagNX, coord.FlagXX}[i%4]
			s.add(coord.OpSet, value, func(c *Call) { unknown(c); c.In.Flags = flags })
			s.add(coord.OpAppend, value+"a.", unknown)
			s.add(coord.OpDel, "", unknown)
		}
		found := int64(1)
		if absent {
			found = 2 // as no key is
		}
		for i := range 3 {
			s.add(coord.OpDel, "", func(c *Call) { c.N, c.Client = found, i })
			s.add(coord.OpSet, fmt.Sprintf("w%d.", i), nil)
			s.add(coord.OpGet, "", shows(fmt.Sprintf("w%d.", i)))
		}
		for d := all; ; d-- {
			s.gather(0)
			if got := judge(s.about(0, 0, d), s.MaxValue); got == tooHard || (got == fits) == absent && d == all {
				t.Errorf("absent %v, in doubt %d: judged %d", absent, d, got)
			}
			if d == onlySeen {
				break
			}
		}
	}
}

// TestUnreadLength: what nobody saw is told by its length, if something was appended to it.
func TestUnreadLength(t *testing.T) {
	for n, want := range map[int64]bool{1: false, 2: true, 4: true, 6: true, 8: true, 10: false} {
		var s story
		s.MaxValue = 100
		s.add(coord.OpAppend, "a.", unknown)
		s.add(coord.OpAppend, "bbb.", unknown)
		s.add(coord.OpAppend, "c.", func(c *Call) { c.Code, c.N = coord.ReplyInt, n })
		if got := s.Fresh(0, 0) == nil; got != want {
			t.Errorf("a length of %d is judged %v", n, got)
		}
	}
}

// TestUnreadLengths: of many writes that nobody saw, one as long as is needed is found.
func TestUnreadLengths(t *testing.T) {
	for n, want := range map[int64]bool{12: true, 13: false, 14: true, 16: true, 18: false} {
		var s story
		s.MaxValue = 1_000_000
		for i := range 300 {
			s.add(coord.OpSet, fmt.Sprintf("%03d%s.", i, strings.Repeat("~", 4+i/100*2)), unknown)
		}
		s.add(coord.OpAppend, "abc.", func(c *Call) { c.Code, c.N = coord.ReplyInt, n })
		s.add(coord.OpAppend, "def.", func(c *Call) { c.Code, c.N = coord.ReplyInt, 12 })
		s.gather(0)
		if got := judge(s.about(0, 0, all), s.MaxValue); got == tooHard || (got == fits) != want {
			t.Errorf("a length of %d is judged %d", n, got)
		}
	}
}
