package oracle

import (
	"encoding/binary"

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
	left := 0
	for _, c := range calls {
		if !c.Unknown {
			left++
		}
	}
	switch {
	case s.from(cell{}, 0, left):
		return fits
	case len(s.seen) > maxStates:
		return tooHard
	}
	return contradicts
}

type search struct {
	calls    []*Call
	maxValue int
	done     []uint64 // calls that have taken effect
	seen     map[xxh3.Uint128]struct{}
	buf      []byte
}

func (s *search) isDone(i int) bool { return s.done[i/64]>>(i%64)&1 == 1 }
func (s *search) flip(i int)        { s.done[i/64] ^= 1 << (i % 64) }

// from goes on from a state; everything before first is done, left calls must still take effect.
func (s *search) from(state cell, first, left int) bool {
	var taken []int // reads
	ok := s.reads(&state, &first, &left, &taken)
	if !ok {
		ok = s.fresh(state) && s.branch(state, first, left)
	}
	if !ok {
		for _, i := range taken {
			s.flip(i)
		}
	}
	return ok
}

// reads takes every read that fits and changes nothing, and tells that nothing is left.
func (s *search) reads(state *cell, first, left *int, taken *[]int) bool {
	for again := true; again && *left > 0; {
		again = false
		for *first < len(s.calls) && s.isDone(*first) {
			*first++
		}
		s.open(*first, func(i int) bool {
			c := s.calls[i]
			if c.In.Op != coord.OpGet || state.low != 0 {
				return false
			}
			if ok, _ := state.apply(c, s.maxValue); ok {
				s.flip(i)
				*taken = append(*taken, i)
				*left--
				again = true
			}
			return false
		})
	}
	return *left == 0
}

// open calls f for each call that may take effect next, until f is true.
func (s *search) open(first int, f func(i int) bool) bool {
	end := int64(1<<63 - 1)
	for i := first; i < len(s.calls) && s.calls[i].Began < end; i++ {
		if s.isDone(i) {
			continue
		}
		end = min(end, s.calls[i].Ended)
		if f(i) {
			return true
		}
	}
	return false
}

// branch tries each call that may be next, those of unknown outcome last.
func (s *search) branch(state cell, first, left int) bool {
	for _, unknown := range []bool{false, true} {
		found := s.open(first, func(i int) bool {
			c := s.calls[i]
			if c.Unknown != unknown {
				return false
			}
			ok, next := state.apply(c, s.maxValue)
			if !ok {
				return false
			}
			by := 1
			if unknown {
				by = 0
			}
			s.flip(i)
			if s.from(next, first, left-by) {
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
func (s *search) fresh(state cell) bool {
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
