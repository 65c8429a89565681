package oracle

import (
	"bytes"
	"slices"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
)

// A value that no answer shows, nor anything that came of appending to it, is like any other such value: of it answers tell that
// it is there, that it is no integer and, if it is appended to, its length. A search that kept them apart would try every
// order of writes whose order nobody can tell.

// fadedByte fills what stands for such a value, as long as that. Clients write none.
const fadedByte = "\x00"

var longFaded = strings.Repeat(fadedByte, 64<<10)

// fadedText is what stands for a value of n bytes that no answer shows.
func fadedText(n int) string {
	if n <= len(longFaded) {
		return longFaded[:n]
	}
	return strings.Repeat(fadedByte, n)
}

func (s *cell) faded() bool { return strings.HasPrefix(s.value, fadedByte) }

// fade takes what no answer shows out of a state that a call left.
func (s *search) fade(state *cell, by *Call) {
	if !state.live || !state.faded() && !(by.unread && strings.HasSuffix(state.value, by.text)) {
		return
	}
	n := 1
	if s.appends > 0 {
		n = len(state.value)
	}
	state.value = fadedText(n)
}

// unread tells that no answer shows what the call writes, and that it makes no integer of what it is appended to.
func (h *History) unread(c *Call) bool {
	return bytes.ContainsFunc(c.In.Value, func(r rune) bool { return (r < '0' || r > '9') && r != '-' && r != '+' }) && !h.seen(c)
}

// sized tells that answers may tell values apart that they do not show: by their length.
func (h *History) sized(calls []*Call) bool {
	total := 0
	for _, c := range calls {
		if total += len(c.text); !c.Unknown && c.In.Op == coord.OpAppend {
			return true
		}
	}
	return total > h.MaxValue
}

// alike is a kind of write of unknown outcome whose value nobody saw: of those that need the same of the key, and are as long if that may tell, one
// is as good as another.
type alike struct {
	op    coord.Op
	flags coord.Flag
	size  int
}

// laneOfUnread is the lane of such a write. A kind past the last lane has none.
func (c *Call) laneOfUnread(sized bool, kinds *[]alike) int {
	kind := alike{op: c.In.Op, flags: c.In.Flags}
	if kind.flags&coord.FlagGet != 0 { // it needs nothing of the key then
		kind.flags &^= coord.FlagGet | coord.FlagNX | coord.FlagXX
	}
	if sized {
		kind.size = len(c.text)
	}
	if kind.op != coord.OpAppend && kind.op != coord.OpSet || kind.flags&^(coord.FlagNX|coord.FlagXX) != 0 {
		return c.lane
	}
	at := slices.Index(*kinds, kind)
	if at < 0 {
		if at = len(*kinds); laneUnread+at >= lanes {
			return c.lane
		}
		*kinds = append(*kinds, kind)
	}
	return laneUnread + at
}
