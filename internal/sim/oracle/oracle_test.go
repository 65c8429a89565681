package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/distributedstorage/ds/internal/coord"
)

// TestTwin compares judge with porcupine on small histories, right ones and wrong ones.
func TestTwin(t *testing.T) {
	verdicts := map[verdict]int{}
	for seed := range uint64(3000) {
		h := random(rand.New(rand.NewPCG(seed, 1)))
		calls := h.about(0, 0, all)
		got := judge(calls, h.MaxValue)
		want := contradicts
		if twin(calls, h.MaxValue) {
			want = fits
		}
		if got != want {
			for _, c := range calls {
				t.Log(c)
			}
			t.Fatalf("seed %d: judged %d, porcupine %d", seed, got, want)
		}
		verdicts[got]++
	}
	if verdicts[fits] < 500 || verdicts[contradicts] < 500 {
		t.Errorf("one-sided histories prove little: %v", verdicts)
	}
}

func twin(calls []*Call, maxValue int) bool {
	var ops []porcupine.Operation
	for i, c := range calls {
		ops = append(ops, porcupine.Operation{ClientId: i, Input: c, Output: c, Call: c.Began, Return: c.Ended})
	}
	return porcupine.CheckOperations(porcupine.Model{
		Init: func() any { return cell{} },
		Step: func(state, input, _ any) (bool, any) { return state.(cell).apply(input.(*Call), maxValue) },
	}, ops)
}

// random is what a register answered to three clients, some of whose calls overlap; in every second history one answer
// is wrong.
func random(rng *rand.Rand) *History {
	h := &History{MaxValue: 1000}
	state, clock, open := cell{}, int64(0), []*Call{}
	end := func() {
		c := open[0]
		open = open[1:]
		clock++
		if rng.IntN(5) > 0 {
			c.Ended = clock
		} else {
			c.Unknown = true
		}
	}
	for i := range 3 + rng.IntN(6) {
		clock++
		c := &Call{Client: i % 3, Began: clock, Ended: math.MaxInt64, Low: 1, High: 2}
		c.In.Op = []coord.Op{coord.OpGet, coord.OpGet, coord.OpSet, coord.OpDel, coord.OpIncrBy}[rng.IntN(5)]
		if c.In.Op == coord.OpSet {
			c.In.Value = fmt.Append(nil, i+10)
		}
		c.In.N = 1
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
		c.N, c.Value = int64(rng.IntN(3)), fmt.Sprint(9+rng.IntN(9))
	}
	return h
}

// answer gives the call the answer of a register, and the register after it.
func answer(c *Call, s cell) cell {
	switch c.In.Op {
	case coord.OpGet:
		c.Code, c.Value = coord.ReplyNil, ""
		if s.live {
			c.Code, c.Value = coord.ReplyValue, s.value
		}
		return s
	case coord.OpSet:
		c.Code = coord.ReplyOK
		return cell{live: true, value: string(c.In.Value)}
	case coord.OpDel:
		c.Code = coord.ReplyInt
		if s.live {
			c.N = 1
		}
		return cell{}
	}
	_, next := s.incr(&Call{In: c.In, Unknown: true})
	c.Code = coord.ReplyInt
	_, _ = fmt.Sscan(next.value, &c.N)
	return next
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
	h := History{MaxValue: 1000}
	for i := range 40 {
		c := &Call{Client: i % MaxClients, Began: int64(i), Ended: math.MaxInt64, Unknown: true}
		c.In.Op, c.In.Value = coord.OpAppend, fmt.Append(nil, i, ";")
		h.Calls = append(h.Calls, c)
	}
	read := &Call{Began: 100, Ended: 101, Code: coord.ReplyValue, Value: "nobody wrote this"}
	read.In.Op = coord.OpGet
	h.Calls = append(h.Calls, read)
	if judge(h.about(0, 0, all), h.MaxValue) == fits {
		t.Error("a value that nobody wrote")
	}
	if h.Fresh(0, 0) == nil {
		t.Error("it passed")
	}
}
