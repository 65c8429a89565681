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
	states  int
}

// A history that needs more in each order is too hard, which is a failure, not a pass.
const (
	firstStates = 250_000 // most contradictions are found in fewer
	otherStates = 50_000  // if there is a way, many short searches find one sooner than few long ones
)

// orders are tried in turn. The first, in which calls were answered, is mostly that in which they took effect. Where that leads
// astray early, another one mostly does not.
var orders = append([]order{
	{states: firstStates, compare: func(a, b *Call) int { return cmp.Compare(a.Ended, b.Ended) }}, // those of unknown outcome last
	{states: otherStates, compare: func(a, b *Call) int { return cmp.Compare(a.Began, b.Began) }},
	{states: otherStates, compare: func(a, b *Call) int { return cmp.Compare(b.Began, a.Began) }},
	{states: otherStates, compare: func(a, b *Call) int { return cmp.Compare(b.Ended, a.Ended) }},
}, shuffles(32)...)

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
	if o.compare != nil {
		slices.SortStableFunc(list, func(a, b int32) int { return o.compare(calls[a], calls[b]) })
	} else {
		rand.New(rand.NewPCG(o.shuffle, 0)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	rank := make([]int32, len(calls))
	for at, i := range list {
		rank[i] = int32(at)
	}
	return rank
}
