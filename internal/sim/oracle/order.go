package oracle

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// order is in which order a search tries calls that may take effect next.
type order struct {
	compare func(a, b *Call) int // nil = shuffled
	shuffle uint64
}

// orders are tried in turn, each with the whole of a search's work. The first, in which calls were answered, is mostly that in which they took
// effect. Where that leads astray early, another one mostly does not.
var orders = []order{
	{compare: func(a, b *Call) int { return cmp.Compare(a.Ended, b.Ended) }}, // those of unknown outcome last
	{compare: func(a, b *Call) int { return cmp.Compare(a.Began, b.Began) }},
	{compare: func(a, b *Call) int { return cmp.Compare(b.Began, a.Began) }},
	{compare: func(a, b *Call) int { return cmp.Compare(b.Ended, a.Ended) }},
	{shuffle: 1}, {shuffle: 2}, {shuffle: 3}, {shuffle: 4},
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
