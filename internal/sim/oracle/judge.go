package oracle

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

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

// judge tells whether the calls, in the order in which they began, can have taken effect one after the other, each
// between its beginning and its end; those of unknown outcome at any time after their beginning, or never.
//
// It is the search of Wing and Gong with the memory of Lowe (memory.go), and some shortcuts. A read that fits is taken at once, if
// whatever comes after it could come after it anyway. A value that can come but once (see once) is not replaced before every answer
// that shows it was taken, as Gibbons and Korach do. Where such an answer is left and its value can't come any more, it goes no
// further (makers.go). Values that no answer shows are one (unread.go). What it tries first
// decides how soon it finds a way, not whether there is one; so it tries several orders, and at first few of the writes that perhaps never
// happened (order.go).
func judge(calls []*Call, maxValue int) verdict {
	if slices.ContainsFunc(calls, (*Call).spared) && judgeBy(sparing, calls, maxValue) == fits {
		return fits
	}
	return judgeBy(orders, calls, maxValue)
}

func judgeBy(orders []order, calls []*Call, maxValue int) verdict {
	s := search{calls: calls, maxValue: maxValue}
	s.done, s.unknown = make([]uint64, len(calls)/64+1), make([]uint64, len(calls)/64+1)
	p := position{left: int32(len(calls))}
	for i, c := range calls {
		if c.Unknown {
			s.unknown[i/64] |= 1 << (i % 64)
			s.doubts = true
			p.left--
		}
		s.lanes[c.lane] = append(s.lanes[c.lane], int32(i))
		s.used = max(s.used, c.lane+1)
		s.byEnd = append(s.byEnd, int32(i))
	}
	slices.SortStableFunc(s.byEnd, func(a, b int32) int { return cmp.Compare(calls[a].Ended, calls[b].Ended) })
	if s.count(); !s.countMakers() {
		return contradicts
	}
	for _, by := range orders {
		s.rank, s.memory = by.rank(calls), memory{first: map[xxh3.Uint128]int32{}, most: by.states * stateWork}
		s.unread = by.unread
		switch {
		case s.from(p):
			return fits
		case !s.memory.full() && by.unread == 0:
			return contradicts
		}
	}
	return tooHard
}

type search struct {
	calls    []*Call
	maxValue int
	lanes    [lanes][]int32 // calls in their order
	used     int            // lanes up to the last that has some
	byEnd    []int32        // calls in the order in which they ended
	done     []uint64       // calls that have taken effect
	unknown  []uint64       // calls of unknown outcome
	doubts   bool           // there are some
	rank     []int32        // calls of a lower one are tried first
	memory   memory
	buf      []byte
	set      []uint64
	next     []int32 // calls that may be next, of all positions on the way

	counts  bool             // there are increments
	again   map[string]bool  // values that may come again
	waiting map[string]int32 // answers that show a value and were not taken
	grown   []string         // of them, the values that came of appending
	appends int              // answers that tell the length of a value and were not taken
	ends    int              // answers that tell when a value ends and were not taken
	makes   [][]string       // by call: the values that answers show and that it may leave
	makers  map[string]int32 // of each such value the calls that have not taken effect
	unread  int              // see order.unread
	spares  int              // calls of that kind that have taken effect
}

// position is how far a search is.
type position struct {
	state cell
	left  int32        // calls that must still take effect
	heads [lanes]int32 // everything before is done
	end   int32        // in byEnd: everything before is done
}

// count counts the answers that show each value.
func (s *search) count() {
	s.waiting, s.again = map[string]int32{}, map[string]bool{}
	texts := map[string]bool{}
	for _, c := range s.calls {
		s.counts = s.counts || c.In.Op == coord.OpIncrBy
		if c.Repeats {
			s.again[c.text] = true
		}
		s.wait(c, +1)
		texts[c.text] = true
	}
	for value := range s.waiting {
		if !texts[value] && len(s.again) == 0 {
			s.grown = append(s.grown, value)
		}
	}
}

// spared tells that the call may never have taken effect, and that no answer shows what it writes.
func (c *Call) spared() bool { return c.Unknown && c.unread }

// shows tells that the answer shows a value.
func (c *Call) shows() bool { return !c.Unknown && c.Code == coord.ReplyValue }

// once tells that the value can't come again: what clients write is unique, but for what they count and what is said to repeat.
func (s *search) once(value string) bool {
	if !s.counts || s.again[value] {
		return !s.again[value]
	}
	if value == "" || value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return true
	}
	_, err := strconv.ParseInt(value, 10, 64)
	return err != nil
}

func (s *search) isDone(i int32) bool { return s.done[i/64]>>(i%64)&1 == 1 }

// take has a call take effect; untake takes it back.
func (s *search) take(i int32) {
	s.done[i/64] |= 1 << (i % 64)
	if s.calls[i].spared() {
		s.spares++
	}
	s.wait(s.calls[i], -1)
	s.make(i, -1)
}

func (s *search) untake(i int32) {
	s.done[i/64] &^= 1 << (i % 64)
	if s.calls[i].spared() {
		s.spares--
	}
	s.wait(s.calls[i], +1)
	s.make(i, +1)
}

// wait counts an answer among those that were not taken, or out of them.
func (s *search) wait(c *Call, by int) {
	if c.In.Op == coord.OpHead && !c.Unknown && !c.said && c.N != 0 {
		s.ends += by
	}
	switch {
	case c.shows():
		s.waiting[c.Value] += int32(by)
	case c.In.Op == coord.OpAppend && !c.Unknown:
		s.appends += by
	}
}

// from goes on from a position.
func (s *search) from(p position) bool {
	var taken []int32 // reads
	if s.reads(&p, &taken) || s.fresh(&p.state) && s.branch(&p) {
		return true
	}
	for _, i := range taken {
		s.untake(i)
	}
	return false
}

// reads takes every read that fits and closes no way, and tells that nothing is left.
func (s *search) reads(p *position, taken *[]int32) bool {
	for again := true; again && p.left > 0; {
		again = false
		s.advance(p)
		s.open(p, func(i int32) bool {
			c := s.calls[i]
			if fits := c.listed() && p.state.says(c) || c.reads() && s.takesNothing(&p.state, c); !fits {
				return false
			}
			if c.Code == coord.ReplyValue {
				p.state = p.state.found(c)
			}
			s.take(i)
			*taken = append(*taken, i)
			p.left--
			again = true
			return false
		})
	}
	return p.left == 0
}

// takesNothing tells that a read fits and closes no way. One that finds a value with an expiry alive bounds when that ended; but
// if the value can't come again, every answer that shows it must be taken before it ends anyway, unless another answer tells an earlier end, which
// a command has put off. One that tells when it ends takes nothing only if that is known.
func (s *search) takesNothing(state *cell, c *Call) bool {
	if c.In.Op == coord.OpHead && c.Code != coord.ReplyNil {
		fits, _ := state.head(c)
		return fits && state.low == state.high
	}
	if c.Code != coord.ReplyValue {
		return c.Code == coord.ReplyNil && !state.live
	}
	return state.mayLive(c) && c.Value == state.value && (state.low == 0 || state.low > c.Low || s.ends == 0 && s.once(c.Value))
}

// advance passes what is done.
func (s *search) advance(p *position) {
	for int(p.end) < len(s.byEnd) && s.isDone(s.byEnd[p.end]) {
		p.end++
	}
	for l, lane := range s.lanes[:s.used] {
		for int(p.heads[l]) < len(lane) && s.isDone(lane[p.heads[l]]) {
			p.heads[l]++
		}
	}
}

// open calls f for each call that may take effect next, until f is true: of a lane those up to its next write.
func (s *search) open(p *position, f func(i int32) bool) bool {
	end := int64(1<<63 - 1)
	if int(p.end) < len(s.byEnd) {
		end = s.calls[s.byEnd[p.end]].Ended
	}
	for l := range s.used {
		for _, i := range s.lanes[l][p.heads[l]:] {
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
			if l != noLane && !c.reads() {
				break
			}
		}
	}
	return false
}

// branch tries each call that may be next.
func (s *search) branch(p *position) bool {
	from := len(s.next)
	s.open(p, func(i int32) bool {
		if c := s.calls[i]; !c.listed() && (!c.reads() || p.state.low != 0) { // else it would have been taken
			s.next = append(s.next, i)
		}
		return false
	})
	to := len(s.next)
	slices.SortFunc(s.next[from:], func(a, b int32) int { return cmp.Compare(s.rank[a], s.rank[b]) })
	found := false
	for n := from; n < to && !found; n++ {
		found = s.try(p, s.next[n])
	}
	s.next = s.next[:from]
	return found
}

// try goes on as if a call took effect now.
func (s *search) try(p *position, i int32) bool {
	c := s.calls[i]
	if s.unread > 0 && s.spares == s.unread && c.spared() {
		return false
	}
	ok, next := p.state.apply(c, s.maxValue)
	if !ok || s.loses(&p.state, &next, c) || s.misses(&next, i) {
		return false
	}
	s.take(i)
	s.fade(&next, c)
	q := *p
	q.state = next
	if !c.Unknown {
		q.left--
	}
	if s.from(q) {
		return true
	}
	s.untake(i)
	return false
}

// loses tells that a call would replace a value which another answer still has to show, or what comes of appending to it, and
// which can't come again.
func (s *search) loses(state, next *cell, c *Call) bool {
	if !state.live || next.live && next.value == state.value {
		return false
	}
	waiting := s.waiting[state.value]
	if c.shows() && c.Value == state.value {
		waiting--
	}
	return (waiting > 0 || s.grows(state, next)) && s.once(state.value)
}

// grows tells that an answer still has to show what comes of appending to the value of a state, but not of the next one.
func (s *search) grows(state, next *cell) bool {
	if state.value == "" {
		return false
	}
	for _, value := range s.grown {
		if s.waiting[value] > 0 && len(value) > len(state.value) && strings.HasPrefix(value, state.value) &&
			!(next.live && len(next.value) > len(state.value) && strings.HasPrefix(value, next.value)) {
			return true
		}
	}
	return false
}

// fresh tells that the search was not here before, and may go on.
func (s *search) fresh(state *cell) bool {
	if s.memory.full() {
		return false
	}
	b, set := s.buf[:0], s.set[:0]
	for i, w := range s.done {
		b = binary.LittleEndian.AppendUint64(b, w&^s.unknown[i])
		if s.doubts {
			set = append(set, w&s.unknown[i])
		}
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(state.low))
	b = binary.LittleEndian.AppendUint64(b, uint64(state.high))
	if state.live {
		b = append(b, 1)
	}
	if state.faded() {
		b = binary.LittleEndian.AppendUint64(append(b, fadedByte...), uint64(len(state.value)))
	} else {
		b = append(b, state.value...)
	}
	s.buf, s.set = b, set
	return s.memory.enter(xxh3.Hash128(b), set)
}
