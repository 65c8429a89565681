package oracle

import (
	"encoding/binary"
	"slices"

	"github.com/zeebo/xxh3"

	"github.com/distributedstorage/ds/internal/coord"
)

// verdict is what judge found.
type verdict uint8

const (
	contradicts verdict = iota
	fits
	tooHard
)

// maxStates bounds a search: what needs more is too hard, which is a failure, not a pass.
const maxStates = 300_000

// judge tells whether the calls, in the order in which they began, can have taken effect one after the other, each
// between its beginning and its end; those of unknown outcome at any time after their beginning, or never.
//
// It is the search of Wing and Gong with the memory of Lowe. A read that fits and changes nothing is taken
// at once: whatever comes after it could come after it anyway.
func judge(calls []*Call, maxValue int) verdict {
	s := search{calls: calls, maxValue: maxValue, done: make([]uint64, len(calls)/64+1), seen: map[xxh3.Uint128]struct{}{}}
	p := position{}
	for i, c := range calls {
		if !c.Unknown {
			p.left++
		}
		s.lanes[c.lane] = append(s.lanes[c.lane], i)
		s.byEnd = append(s.byEnd, i)
	}
	slices.SortStableFunc(s.byEnd, func(a, b int) int {
		if calls[a].Ended < calls[b].Ended {
			return -1
		}
		return 1
	})
	switch {
	case s.from(p):
		return fits
	case len(s.seen) > maxStates:
		return tooHard
	}
	return contradicts
}

type search struct {
	calls    []*Call
	maxValue int
	lanes    [lanes][]int // calls in their order
	byEnd    []int        // calls in the order in which they ended
	done     []uint64     // calls that have taken effect
	seen     map[xxh3.Uint128]struct{}
	buf      []byte
}

// position is how far a search is.
type position struct {
	state cell
	left  int        // calls that must still take effect
	heads [lanes]int // everything before is done
	end   int        // in byEnd: everything before is done
}

func (s *search) isDone(i int) bool { return s.done[i/64]>>(i%64)&1 == 1 }
func (s *search) flip(i int)        { s.done[i/64] ^= 1 << (i % 64) }

// from goes on from a position.
func (s *search) from(p position) bool {
	var taken []int // reads
	if s.reads(&p, &taken) || s.fresh(&p.state) && s.branch(&p) {
		return true
	}
	for _, i := range taken {
		s.flip(i)
	}
	return false
}

// reads takes every read that fits and changes nothing, and tells that nothing is left.
func (s *search) reads(p *position, taken *[]int) bool {
	for again := true; again && p.left > 0; {
		again = false
		s.advance(p)
		s.open(p, func(i int) bool {
			c := s.calls[i]
			shows := c.Code == coord.ReplyValue
			if c.In.Op != coord.OpGet || shows && c.Value != p.state.value || shows != p.state.live && p.state.low == 0 {
				return false
			}
			if ok, next := p.state.apply(c, s.maxValue); ok && next == p.state {
				s.flip(i)
				*taken = append(*taken, i)
				p.left--
				again = true
			}
			return false
		})
	}
	return p.left == 0
}

// advance passes what is done.
func (s *search) advance(p *position) {
	for p.end < len(s.byEnd) && s.isDone(s.byEnd[p.end]) {
		p.end++
	}
	for l, lane := range s.lanes {
		for p.heads[l] < len(lane) && s.isDone(lane[p.heads[l]]) {
			p.heads[l]++
		}
	}
}

// open calls f for each call that may take effect next, until f is true: of a lane those up to its next write.
func (s *search) open(p *position, f func(i int) bool) bool {
	end := int64(1<<63 - 1)
	if p.end < len(s.byEnd) {
		end = s.calls[s.byEnd[p.end]].Ended
	}
	for l, lane := range s.lanes {
		for _, i := range lane[p.heads[l]:] {
			c := s.calls[i]
			if c.Began > end {
				break
			}
			if s.isDone(i) {
				continue
			}
			if f(i) {
				return true
			}
			if l != noLane && c.In.Op != coord.OpGet {
				break
			}
		}
	}
	return false
}

// branch tries each call that may be next, those of unknown outcome last.
func (s *search) branch(p *position) bool {
	for _, unknown := range []bool{false, true} {
		found := s.open(p, func(i int) bool {
			c := s.calls[i]
			if c.Unknown != unknown || c.In.Op == coord.OpGet && p.state.low == 0 { // else it would have been taken
				return false
			}
			ok, next := p.state.apply(c, s.maxValue)
			if !ok {
				return false
			}
			q := *p
			q.state = next
			if !unknown {
				q.left--
			}
			s.flip(i)
			if s.from(q) {
				return true
			}
			s.flip(i)
			return false
		})
		if found {
			return true
		}
	}
	return false
}

// fresh tells that the search was not here before, and may go on.
func (s *search) fresh(state *cell) bool {
	if len(s.seen) > maxStates {
		return false
	}
	b := s.buf[:0]
	for _, w := range s.done {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(state.low))
	b = binary.LittleEndian.AppendUint64(b, uint64(state.high))
	if state.live {
		b = append(b, 1)
	}
	s.buf = append(b, state.value...)
	sum := xxh3.Hash128(s.buf)
	if _, was := s.seen[sum]; was {
		return false
	}
	s.seen[sum] = struct{}{}
	return true
}
