package oracle

import "github.com/zeebo/xxh3"

// memory is where a search was: which calls of known outcome had taken effect, in what state, and for each of these which sets of calls of unknown
// outcome. To come back with more of the latter is to come back with less: they are what may still happen.
type memory struct {
	first map[xxh3.Uint128]int32 // by calls of known outcome and state: a set
	next  []int32                // by set: another of the same, 0 = none
	sets  []uint64
	work  int
	most  int
}

// stateWork is the work of a state, compared with looking at one set.
const stateWork = 16

func (m *memory) full() bool { return m.work > m.most }

// enter notes a place, and tells that the search was not there, with these calls of unknown outcome or fewer.
func (m *memory) enter(place xxh3.Uint128, unknown []uint64) bool {
	m.work += stateWork
	first, was := m.first[place]
	for i, more := first, was; more; i, more = m.next[i], m.next[i] != 0 {
		if m.work++; within(m.sets[int(i)*len(unknown):], unknown) {
			return false
		}
	}
	here := int32(len(m.next))
	m.sets = append(m.sets, unknown...)
	if !was {
		m.first[place] = here
		m.next = append(m.next, 0)
		return true
	}
	m.next = append(m.next, m.next[first])
	m.next[first] = here
	return true
}

// within tells that all of a set is in another.
func within(set, other []uint64) bool {
	for i, w := range other {
		if set[i]&^w != 0 {
			return false
		}
	}
	return true
}
