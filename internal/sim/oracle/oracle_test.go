package oracle

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/distributedstorage/ds/internal/coord"
)

var (
	histories = flag.Uint64("histories", 12_000, "how many random histories TestTwin compares")
	stream    = flag.Uint64("stream", 1, "of which random stream")
)

// TestTwin compares judge with porcupine on small histories, right ones and wrong ones. What porcupine accepts only because nobody
// told it that the expiry clock never steps back, judge may accept or not.
func TestTwin(t *testing.T) {
	verdicts := map[verdict]int{}
	for seed := range *histories {
		rng, does := rand.New(rand.NewPCG(seed, *stream)), usages
		if seed%3 == 2 {
			does = headed
		}
		h := random(rng, does)
		h.gather(0)
		calls := h.about(0, 0, all)
		got := judge(calls, h.MaxValue)
		most := twin(calls, h.MaxValue, false)
		least := most
		if got != asVerdict(most) {
			least = twin(calls, h.MaxValue, true)
		}
		if got != asVerdict(most) && got != asVerdict(least) {
			for _, c := range calls {
				t.Log(c)
			}
			t.Fatalf("seed %d: judged %d, porcupine %v", seed, got, most)
		}
		if by := orders[seed%uint64(len(orders))]; judgeBy([]order{by}, calls, h.MaxValue) != got {
			t.Fatalf("seed %d: judged otherwise than %d by order %+v", seed, got, by)
		}
		for d := range all { // what is left out may be what makes it fit, but nothing fits that does not with all
			if got := judge(h.about(0, 0, d), h.MaxValue); got == fits && !most {
				t.Fatalf("seed %d: fits in doubt %d, but not with all", seed, d)
			}
		}
		verdicts[got]++
	}
	if few := int(*histories / 24); verdicts[fits] < few || verdicts[contradicts] < few {
		t.Errorf("one-sided histories prove little: %v", verdicts)
	}
}

func asVerdict(ok bool) verdict {
	if ok {
		return fits
	}
	return contradicts
}

// TestSteadyClock: a value whose time one call found to be over is not within it for a later one. Porcupine accepts these histories unless it
// knows of the clock.
func TestSteadyClock(t *testing.T) {
	for _, seeds := range [][2]uint64{{39808, 77}, {24253, 78}, {101004, 78}} {
		h := random(rand.New(rand.NewPCG(seeds[0], seeds[1])), usages)
		h.gather(0)
		calls := h.about(0, 0, all)
		if !twin(calls, h.MaxValue, false) {
			t.Errorf("seeds %d: it is not the clock that these contradict", seeds)
		}
		if got := judge(calls, h.MaxValue); got != contradicts || twin(calls, h.MaxValue, true) {
			t.Errorf("seeds %d: judged %d", seeds, got)
		}
	}
}

// turned is a state with the calls of each client that have taken effect. Of what is interchangeable it knows nothing.
type turned struct {
	cell
	turns [noLane]int
	clock int64 // the expiry clock is not before this any more
}

// step runs a call on the state, if it is its turn, and the expiry clock need not step back for it.
func (s turned) step(c *Call, maxValue int) (bool, turned) {
	switch {
	case s.clock > c.High:
		return false, s
	case c.lane >= noLane:
	case c.reads():
		if s.turns[c.lane] < c.turn-1 {
			return false, s
		}
	case s.turns[c.lane] != c.turn-1:
		return false, s
	default:
		s.turns[c.lane]++
	}
	ok, next := s.apply(c, maxValue)
	if c.foundNothing() && s.live {
		s.clock = max(s.clock, s.low)
	}
	s.cell = next
	return ok && s.clock <= c.High, s
}

// foundNothing tells that the answer says that the key was absent, or expired.
func (c *Call) foundNothing() bool {
	counts := c.In.Op == coord.OpDel || c.In.Op == coord.OpExpire
	return !c.Unknown && (c.Code == coord.ReplyNil || counts && c.N == 0)
}

// twin is porcupine's verdict; with steady, it knows that the expiry clock never steps back.
func twin(calls []*Call, maxValue int, steady bool) bool {
	var ops []porcupine.Operation
	for i, c := range calls {
		ops = append(ops, porcupine.Operation{ClientId: i, Input: c, Output: c, Call: c.Began, Return: c.Ended})
	}
	return porcupine.CheckOperations(porcupine.Model{
		Init: func() any { return turned{} },
		Step: func(state, input, _ any) (bool, any) {
			ok, next := state.(turned).step(input.(*Call), maxValue)
			if !steady {
				next.clock = 0
			}
			return ok, next
		},
	}, ops)
}

// usage is what a random history does to its key.
type usage []coord.Input

var usages = []usage{
	{{Op: coord.OpGet}, {Op: coord.OpGet}, {Op: coord.OpSet}, {Op: coord.OpDel}, {Op: coord.OpIncrBy, N: 1}},
	{
		{Op: coord.OpGet}, {Op: coord.OpGet}, {Op: coord.OpSet}, {Op: coord.OpSet, Flags: coord.FlagGet}, {Op: coord.OpSet, Flags: coord.FlagNX},
		{Op: coord.OpSet, Flags: coord.FlagXX}, {Op: coord.OpAppend}, {Op: coord.OpGetDel}, {Op: coord.OpDel}, {Op: coord.OpIncrBy, N: 1},
	},
	{
		{Op: coord.OpGet}, {Op: coord.OpHead}, {Op: coord.OpSet}, {Op: coord.OpSet}, {Op: coord.OpSet, Flags: coord.FlagGet}, {Op: coord.OpSet, Flags: coord.FlagNX},
		{Op: coord.OpSet, Flags: coord.FlagXX}, {Op: coord.OpDel}, {Op: coord.OpIncrBy, N: 1},
	},
	{{Op: coord.OpGet}, {Op: coord.OpHead}, {Op: coord.OpSet}, {Op: coord.OpAppend}, {Op: coord.OpAppend}, {Op: coord.OpDel}},
	{
		{Op: coord.OpGet}, {Op: coord.OpGet}, {Op: coord.OpSet}, {Op: coord.OpSet, Flags: coord.FlagExpireIn, N: 5},
		{Op: coord.OpExpire, Flags: coord.FlagExpireIn, N: 3}, {Op: coord.OpExpire, Flags: coord.FlagExpireIn, N: 30}, {Op: coord.OpDel},
	},
}

// headed are those in which a HEAD is a client's; elsewhere it is what a listing says.
var headed = []usage{
	{{Op: coord.OpGet}, {Op: coord.OpHead}, {Op: coord.OpHead}, {Op: coord.OpSet}, {Op: coord.OpSet, Flags: coord.FlagNX}, {Op: coord.OpAppend}, {Op: coord.OpDel}},
	{
		{Op: coord.OpGet}, {Op: coord.OpHead}, {Op: coord.OpHead}, {Op: coord.OpSet}, {Op: coord.OpSet, Flags: coord.FlagExpireIn, N: 5},
		{Op: coord.OpExpire, Flags: coord.FlagExpireIn, N: 3}, {Op: coord.OpExpire, Flags: coord.FlagExpireIn, N: 30}, {Op: coord.OpDel},
	},
}

// random is what a register answered to three clients, some of whose calls overlap; in every second history one answer
// is wrong. Its expiry clock goes on by up to 3 a call.
func random(rng *rand.Rand, of []usage) *History {
	h := &History{MaxValue: 1000}
	does := of[rng.IntN(len(of))]
	state, clock, now, open := cell{}, int64(0), int64(1), []*Call{}
	known := 1 + rng.IntN(4)
	end := func() {
		i := rng.IntN(len(open))
		c := open[i]
		open = slices.Delete(open, i, i+1)
		clock++
		if c.listed() || rng.IntN(5) < known {
			c.Ended, c.High = clock, now
		} else {
			c.Unknown = true
		}
	}
	for i := range 3 + rng.IntN(8) {
		clock++
		now += rng.Int64N(4)
		c := &Call{Client: i % 3, Began: clock, Ended: math.MaxInt64, Low: now, High: math.MaxInt64, In: does[rng.IntN(len(does))]}
		c.said = c.In.Op == coord.OpHead && &of[0] != &headed[0]
		if c.In.Op == coord.OpSet || c.In.Op == coord.OpAppend {
			c.text = fmt.Sprintf("%d.", i+10) + strings.Repeat(".", rng.IntN(2))
			if len(does) == len(usages[0]) {
				c.text = fmt.Sprint(i + 10)
			}
			if i > 0 && c.In.Op == coord.OpSet && rng.IntN(3) == 0 {
				if t := h.Calls[rng.IntN(i)].text; t != "" {
					c.text, c.Repeats = t, true
				}
			}
			c.In.Value = []byte(c.text)
		}
		state = answer(c, state)
		h.Calls, open = append(h.Calls, c), append(open, c)
		if len(open) > 2 || rng.IntN(2) == 0 {
			end()
		}
	}
	for len(open) > 0 {
		end()
	}
	if rng.IntN(2) == 0 {
		c := h.Calls[rng.IntN(len(h.Calls))]
		c.N, c.Value = int64(rng.IntN(3)), h.Calls[rng.IntN(len(h.Calls))].text
		if rng.IntN(2) == 0 && c.In.Op == coord.OpGet {
			c.Code = coord.ReplyNil
		}
	}
	return h
}

// answer gives the call the answer of a register that executes it at its beginning, and the register after it.
func answer(c *Call, s cell) cell {
	if s.low != 0 && s.low <= c.Low {
		s = cell{}
	}
	asked := *c
	asked.High = c.Low
	for _, code := range []coord.ReplyCode{coord.ReplyInt, coord.ReplyValue, coord.ReplyHead, coord.ReplyNil, coord.ReplyOK, coord.ReplyNotInteger} {
		asked.Code, asked.Value = code, ""
		if code == coord.ReplyValue {
			asked.Value = s.value
		}
		for n := range int64(200) {
			asked.N = n
			if ok, next := s.apply(&asked, 1000); ok {
				c.Code, c.Value, c.N = code, asked.Value, n
				if next.low != 0 {
					next.high = next.low
				}
				return next
			}
		}
	}
	panic("no answer fits")
}

// TestPipelined: what one client wrote first can't hide what it wrote later.
func TestPipelined(t *testing.T) {
	set := func(value string, began int64) *Call {
		c := &Call{Began: began, Ended: 10, Code: coord.ReplyOK}
		c.In.Op, c.In.Value = coord.OpSet, []byte(value)
		return c
	}
	read := &Call{Began: 11, Ended: 12, Code: coord.ReplyValue, Value: "a"}
	read.In.Op = coord.OpGet
	h := History{Calls: []*Call{set("a", 1), set("b", 2), read}, MaxValue: 10}
	if h.Fresh(0, 0) == nil {
		t.Error("the earlier of two pipelined writes was taken for the last")
	}
	read.Value = "b"
	if err := h.Fresh(0, 0); err != nil {
		t.Error(err)
	}
}

// TestTooHard: what could not be judged is a failure.
func TestTooHard(t *testing.T) {
	defer func(all []order) { orders = all }(orders)
	orders = orders[1:3]
	h := History{MaxValue: 1000}
	for i := range 40 {
		c := &Call{Client: i % MaxClients, Began: int64(i), Ended: math.MaxInt64, Unknown: true}
		c.In.Op, c.In.Value = coord.OpAppend, fmt.Append(nil, i, ";")
		h.Calls = append(h.Calls, c)
	}
	read := &Call{Began: 100, Ended: 101, Code: coord.ReplyValue}
	read.In.Op = coord.OpGet
	h.Calls = append(h.Calls, read)
	for _, c := range h.Calls {
		read.Value += string(c.In.Value)
	}
	read.Value += "0;"
	if err := h.Fresh(0, 0); !errors.Is(err, ErrTooHard) {
		t.Errorf("a value with one append twice: %v", err)
	}
	read.Value = "nobody wrote this"
	if err := h.Fresh(0, 0); err == nil || errors.Is(err, ErrTooHard) {
		t.Errorf("a value that nobody wrote: %v", err)
	}
}

// TestEarlyMistake: of two calls that were answered one after the other the later took effect first, which shows hundreds of calls later.
func TestEarlyMistake(t *testing.T) {
	h := History{MaxValue: 10_000}
	add := func(client int, op coord.Op, value string, began, ended int64) *Call {
		c := &Call{Client: client, Began: began, Ended: ended, Code: coord.ReplyOK}
		c.In.Op, c.In.Value = op, []byte(value)
		h.Calls = append(h.Calls, c)
		return c
	}
	finds := func(c *Call, value string) { // what was there before
		c.In.Flags, c.Code, c.Value = c.In.Flags|coord.FlagGet, coord.ReplyValue, value
		if value == "" {
			c.Code = coord.ReplyNil
		}
	}
	add(3, coord.OpSet, "a.", 1, 424)
	finds(add(3, coord.OpSet, "b.", 2, 425), "")
	add(0, coord.OpSet, "c.", 3, 428) // before the second flush, which was answered before
	finds(add(3, coord.OpSet, "d.", 4, 467), "")
	add(0, coord.OpFlush, "", 5, 6).Key = AllKeys
	for i := range 14 {
		c := add(1, coord.OpSet, strings.Repeat("u", i+1), int64(6+i), math.MaxInt64)
		c.Unknown = true
	}
	for i := range 300 {
		add(3, coord.OpSet, fmt.Sprintf("p%d.", i), int64(20+i), int64(500+i))
	}
	add(0, coord.OpFlush, "", 426, 427).Key = AllKeys
	add(2, coord.OpDel, "", 430, 890).Code, h.Calls[len(h.Calls)-1].N = coord.ReplyInt, 1
	finds(add(3, coord.OpSet, "e.", 440, 891), "")
	finds(add(3, coord.OpSet, "f.", 441, 892), "e.")
	c := add(3, coord.OpAppend, "g.", 442, 893) // to what nobody saw
	c.Code, c.N = coord.ReplyInt, 6
	if err := h.Fresh(0, 0); err != nil {
		t.Error(err)
	}
	defer func(some, all []order) { sparing, orders = some, all }(sparing, orders)
	sparing, orders = nil, slices.DeleteFunc(slices.Clone(orders), func(o order) bool { return o.shift > 0 })
	if err := h.Fresh(0, 0); !errors.Is(err, ErrTooHard) {
		t.Errorf("found in the first orders alone: %v", err)
	}
}

// TestEndPutOff: a value is told to end at 7, is there at 7, and both are right, because a command in between gave it more time.
func TestEndPutOff(t *testing.T) {
	h := History{MaxValue: 1000}
	add := func(client int, op coord.Op, code coord.ReplyCode, n, began, ended, low, high int64) *Call {
		c := &Call{Client: client, Began: began, Ended: ended, Low: low, High: high, Code: code, N: n}
		c.In.Op = op
		h.Calls = append(h.Calls, c)
		return c
	}
	set := add(0, coord.OpSet, coord.ReplyOK, 0, 1, 3, 2, 4)
	set.In.Value, set.In.Flags, set.In.N = []byte("v."), coord.FlagExpireIn, 5
	add(1, coord.OpHead, coord.ReplyValue, 7, 2, 8, 4, 7).Value = "v."
	more := add(2, coord.OpExpire, coord.ReplyInt, 1, 4, 11, 4, 7)
	more.In.Flags, more.In.N = coord.FlagExpireIn, 30
	add(0, coord.OpGet, coord.ReplyValue, 0, 5, 6, 7, 7).Value = "v."
	h.gather(0)
	if got := judge(h.about(0, 0, all), h.MaxValue); got != fits {
		t.Errorf("judged %d", got)
	}
}

// TestOtherExpiries: of expiries that nobody knows the outcome of, one that gives another time is not as good.
func TestOtherExpiries(t *testing.T) {
	h := History{MaxValue: 1000}
	add := func(client int, op coord.Op, n, began, ended, low, high int64) *Call {
		c := &Call{Client: client, Began: began, Ended: ended, Low: low, High: high, Code: coord.ReplyOK}
		c.In = coord.Input{Op: op, N: n}
		h.Calls = append(h.Calls, c)
		return c
	}
	add(0, coord.OpSet, 0, 1, 14, 4, 12).In.Value = []byte("v.")
	for i, n := range []int64{9, 9, 3} {
		c := add(1+i%2, coord.OpExpire, n, []int64{2, 3, 7}[i], math.MaxInt64, []int64{6, 8, 9}[i], math.MaxInt64)
		c.In.Flags, c.Unknown = coord.FlagExpireIn, true
	}
	add(0, coord.OpGet, 0, 11, 12, 12, 12).Code = coord.ReplyNil
	h.gather(0)
	if got := judge(h.about(0, 0, all), h.MaxValue); got != fits {
		t.Errorf("judged %d", got)
	}
}
