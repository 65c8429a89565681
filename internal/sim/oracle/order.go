package oracle

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// order is in which order a search tries calls that may take effect next, and how many states it may take.
type order struct {
	compare func(a, b *Call) int // nil = shuffled
	shuffle uint64
	shift   int64 // each call is moved by so many ends of others, at most
	states  int
	unread  int // of the writes of unknown outcome that no answer shows, the most that may take effect; 0 = all
}

// A history that needs more in each order is too hard, which is a failure, not a pass.
const (
	firstStates = 250_000 // most contradictions are found in fewer
	otherStates = 50_000  // if there is a way, many short searches find one sooner than few long ones
)

// orders are tried in turn. The first, in which calls were answered, is mostly that in which they took effect. Where that leads
// astray early, another one mostly does not.
var orders = append(append([]order{
	{states: firstStates, compare: byEnd},
	{states: otherStates, compare: func(a, b *Call) int { return cmp.Compare(a.Began, b.Began) }},
	{states: otherStates, compare: func(a, b *Call) int { return cmp.Compare(b.Began, a.Began) }},
	{states: otherStates, compare: func(a, b *Call) int { return cmp.Compare(b.Ended, a.Ended) }},
}, shifts(16, 0)...), shuffles(32)...)

// sparing come before orders, where there are such writes: most ways need few of them, and all that many may do need not be tried first. That they find no
// way proves nothing.
var sparing = append([]order{
	{states: otherStates, compare: byEnd, unread: 1},
	{states: otherStates, compare: byEnd, unread: 4},
}, shifts(16, 2)...)

func byEnd(a, b *Call) int { return cmp.Compare(a.Ended, b.Ended) } // those of unknown outcome last

// shifts are like the first order, but that calls which were answered at nearly the same time change places.
func shifts(n, unread int) []order {
	list := make([]order, n)
	for i := range list {
		list[i] = order{states: otherStates, compare: byEnd, shuffle: uint64(i) + 1, shift: 2 << (i % 4), unread: unread}
	}
	return list
}

func shuffles(n int) []order {
	list := make([]order, n)
	for i := range list {
		list[i] = order{states: otherStates, shuffle: uint64(i) + 1}
	}
	return list
}

// rank gives each call its place.
func (o *order) rank(calls []*Call) []int32 {
	list := make([]int32, len(calls))
	for i := range list {
		list[i] = int32(i)
	}
	rng := rand.New(rand.NewPCG(o.shuffle, 0))
	if o.compare != nil {
		slices.SortStableFunc(list, func(a, b int32) int { return o.compare(calls[a], calls[b]) })
	} else {
		rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	if o.shift > 0 {
		at := make([]int64, len(calls))
		for n, i := range list {
			at[i] = int64(n) + rng.Int64N(o.shift+1)
		}
		slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(at[a], at[b]) })
	}
	rank := make([]int32, len(calls))
	for at, i := range list {
		rank[i] = int32(at)
	}
	return rank
}
