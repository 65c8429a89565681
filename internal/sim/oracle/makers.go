package oracle

import (
	"strconv"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
)

// A value that an answer still has to show must be there once the last call has taken effect that may make it. That answer may end much later:
// a search that learned only there that the value never came would try before all that may happen until then.

// countMakers finds the calls that may make each value that an answer shows, and tells that there are some for all.
func (s *search) countMakers() bool {
	s.makes, s.makers = make([][]string, len(s.calls)), map[string]int32{}
	for i, c := range s.calls {
		switch c.In.Op {
		case coord.OpSet:
			if s.waiting[c.text] > 0 {
				s.makes[i] = []string{c.text}
			}
		case coord.OpAppend, coord.OpIncrBy:
			for value := range s.waiting {
				if c.mayMake(value) {
					s.makes[i] = append(s.makes[i], value)
				}
			}
		}
		s.make(int32(i), +1)
	}
	return len(s.makers) == len(s.waiting)
}

// mayMake tells that an APPEND or INCRBY may leave a value.
func (c *Call) mayMake(value string) bool {
	if c.In.Op == coord.OpAppend {
		return strings.HasSuffix(value, c.text)
	}
	_, err := strconv.ParseInt(value, 10, 64)
	return err == nil
}

// make counts a call among those that have not taken effect, or out of them.
func (s *search) make(i int32, by int32) {
	for _, value := range s.makes[i] {
		s.makers[value] += by
	}
}

// misses tells that a call is the last that may make a value which an answer still has to show, and makes another.
func (s *search) misses(next *cell, i int32) bool {
	for _, value := range s.makes[i] {
		if s.makers[value] == 1 && s.waiting[value] > 0 && !(next.live && next.value == value) {
			return true
		}
	}
	return false
}
