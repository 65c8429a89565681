package sim

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/zeebo/xxh3"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
)

// call is one request and its answer. Times of the clock that judges expiries bound when it was judged.
type call struct {
	tag       uint64
	in        coord.Input
	key       int // -1: all keys of the database
	began     int64
	ended     int64
	low, high int64

	unknown, nothing bool // outcome unknown; certainly nothing was done
	code             coord.ReplyCode
	value            string
	n                int64
}

var opNames = map[coord.Op]string{
	coord.OpGet: "GET", coord.OpSet: "SET", coord.OpDel: "DEL", coord.OpGetDel: "GETDEL", coord.OpIncrBy: "INCRBY",
	coord.OpAppend: "APPEND", coord.OpExpire: "PEXPIRE", coord.OpFlush: "FLUSHDB", coord.OpHead: "HEAD",
}

func (c *call) String() string {
	s := fmt.Sprintf("[%d %s %s %q n=%d flags %b", c.tag, opNames[c.in.Op], c.in.Key, c.in.Value, c.in.N, c.in.Flags)
	switch {
	case c.nothing:
		return s + " → nothing done]"
	case c.unknown:
		return s + " → unknown]"
	}
	return s + fmt.Sprintf(" → code %d %q %d; %d-%d]", c.code, c.value, c.n, c.began, c.ended)
}

func hashOf(k simKey) kv.Hash { return kv.HashKey(k.db, k.name) }

// request asks something of a random key.
func (r *campaign) request() {
	i := r.rng.IntN(len(r.keys))
	k := &r.keys[i]
	if r.waiting(i) >= maxWaiting {
		return
	}
	in := coord.Input{DB: k.db, Key: k.name}
	switch n := r.rng.IntN(100); {
	case n < 2:
		r.ask(coord.Input{Op: coord.OpFlush, DB: k.db}, -1)
		return
	case n < 35:
		in.Op = coord.OpGet
	case n < 42:
		in.Op = coord.OpDel
	default:
		r.change(k.class, &in)
	}
	r.ask(in, i)
}

// maxWaiting bounds the requests for one key under way: judging a history costs up to two to the power of that.
const maxWaiting = 6

func (r *campaign) waiting(key int) (n int) {
	for _, c := range r.pending {
		if c.key == key || c.key < 0 {
			n++
		}
	}
	return n
}

func (r *campaign) change(c class, in *coord.Input) {
	n := r.rng.IntN(100)
	in.Op, in.Value = coord.OpSet, fmt.Appendf(nil, "v%d.", r.tag+1)
	switch {
	case c == counter && n < 75:
		in.Op, in.Value, in.N = coord.OpIncrBy, nil, int64(1+r.rng.IntN(3))
	case c == counter:
		in.Value = strconv.AppendInt(nil, int64(r.tag+1)*1000, 10)
	case c == fleeting && n < 25:
		in.Op, in.Value, in.Flags = coord.OpExpire, nil, coord.FlagExpireIn
		in.N = pick[int64](r.rng, 30, 300, 3000)
	case c == fleeting && n < 80:
		in.Flags, in.N = coord.FlagExpireIn, pick[int64](r.rng, 30, 300, 3000)
	case n < 45:
	case n < 55 && c == register:
		in.Flags = coord.FlagNX
	case n < 65 && c == register:
		in.Flags = coord.FlagXX
	case n < 75 && c == register:
		in.Flags = coord.FlagGet
	case n < 90 && c == register:
		in.Op = coord.OpAppend
	case c == register:
		in.Op, in.Value = coord.OpGetDel, nil
	}
}

func (r *campaign) ask(in coord.Input, key int) {
	rt := r.w.Router
	if !rt.Up() {
		return
	}
	r.tag++
	r.clock++
	in.Kind, in.Conn, in.Tag = coord.InRequest, 1, r.tag
	c := &call{tag: r.tag, in: in, key: key, began: r.clock, ended: math.MaxInt64, low: rt.core.ExpiryMillis(), high: math.MaxInt64}
	r.pending[r.tag] = c
	r.calls = append(r.calls, c)
	r.notef("asked %s", c)
	rt.step(in)
}

func (r *campaign) reply(rp coord.Reply, b []byte) {
	c := r.pending[rp.Tag]
	if c == nil {
		r.failf("", "request %d was answered twice, or never asked", rp.Tag)
		return
	}
	delete(r.pending, rp.Tag)
	r.clock++
	if rp.Code == coord.ReplyFault {
		r.answers[rp.Fault.Prefix()]++
		c.unknown, c.nothing = rp.Fault == fault.Unknown, rp.Fault != fault.Unknown
		r.notef("answered %s %s", c, rp.Fault.Prefix())
		return
	}
	r.answers["answered"]++
	c.ended, c.high = r.clock, r.w.Router.core.ExpiryMillis()
	c.code, c.value, c.n = rp.Code, string(b), rp.N
	r.notef("answered %s", c)
}

// history is the calls that concern a key. Without doubtful it leaves out those of unknown outcome whose value nobody
// saw: they may never have happened, and without them the history is judged much sooner.
func (r *campaign) history(key int, doubtful bool) (ops []porcupine.Operation) {
	for _, c := range r.calls {
		reads := c.in.Op == coord.OpGet
		if c.nothing || c.unknown && reads || c.key != key && (c.key >= 0 || c.in.DB != r.keys[key].db) {
			continue
		}
		if c.unknown && !doubtful && !r.observed(c) {
			continue
		}
		ops = append(ops, porcupine.Operation{ClientId: int(c.tag), Input: c, Output: c, Call: c.began, Return: c.ended})
	}
	return ops
}

// observed tells that an answer shows the value that the call wrote.
func (r *campaign) observed(c *call) bool {
	if c.in.Op == coord.OpIncrBy {
		return true
	}
	for _, other := range r.calls {
		if len(c.in.Value) > 0 && strings.Contains(other.value, string(c.in.Value)) {
			return true
		}
	}
	return false
}

// fresh demands that the key's history is that of a single register.
func (r *campaign) fresh(key int) {
	m := porcupine.Model{
		Init: func() any { return cell{} },
		Step: func(state, input, _ any) (bool, any) { return state.(cell).apply(input.(*call)) },
		Hash: func(state any) uint64 { c := state.(cell); return xxh3.HashString(c.value) ^ uint64(c.low) },
	}
	if ops := r.history(key, false); porcupine.CheckOperationsTimeout(m, ops, 2*time.Second) == porcupine.Ok {
		return
	}
	ops := r.history(key, true)
	switch porcupine.CheckOperationsTimeout(m, ops, 20*time.Second) {
	case porcupine.Illegal:
		r.failf(string(r.keys[key].name), "the history of %s can't be that of one register", r.keys[key].name)
	case porcupine.Unknown:
		r.failf(string(r.keys[key].name), "the history of %s is too hard to judge: %d calls", r.keys[key].name, len(ops))
	}
}

// cell is the state of one key: live until a moment between low and high (0 = for ever).
type cell struct {
	live      bool
	value     string
	low, high int64
}

// mayLive and mayNot tell what the call could have found.
func (s cell) mayLive(c *call) bool { return s.live && (s.low == 0 || c.low < s.high) }
func (s cell) mayNot(c *call) bool  { return !s.live || s.low != 0 && c.high >= s.low }

// found is the state once the call has seen it alive.
func (s cell) found(c *call) cell {
	if s.low != 0 {
		s.low = max(s.low, c.low+1)
	}
	return s
}

// apply runs a call on the state. Where its outcome is unknown, the state becomes the widest it may be.
func (s cell) apply(c *call) (bool, cell) {
	in := &c.in
	written := cell{live: true, value: string(in.Value)}
	if in.Flags&coord.FlagExpireIn != 0 {
		written.low, written.high = c.low+in.N, math.MaxInt64
		if c.high != math.MaxInt64 {
			written.high = c.high + in.N
		}
	}
	switch in.Op {
	case coord.OpGet:
		return s.read(c, s.found(c))
	case coord.OpFlush:
		return true, cell{}
	case coord.OpGetDel:
		return s.read(c, cell{})
	case coord.OpDel:
		return c.unknown || c.n == 1 && s.mayLive(c) || c.n == 0 && s.mayNot(c), cell{}
	case coord.OpSet:
		return s.set(c, written)
	case coord.OpExpire:
		return s.expire(c, written)
	case coord.OpAppend:
		written.value = s.value + written.value
		return c.unknown || c.n == int64(len(written.value)), written
	case coord.OpIncrBy:
		n, _ := strconv.ParseInt(s.value, 10, 64)
		written.value = strconv.FormatInt(n+in.N, 10)
		return c.unknown || c.code == coord.ReplyInt && c.n == n+in.N, written
	}
	panic("sim: no model of the operation")
}

// read judges an answer that tells the old value; then is the state after one was found.
func (s cell) read(c *call, then cell) (bool, cell) {
	switch {
	case c.unknown:
		return true, then
	case c.code == coord.ReplyValue:
		return s.mayLive(c) && c.value == s.value, then
	}
	return s.mayNot(c), cell{}
}

func (s cell) set(c *call, written cell) (bool, cell) {
	switch {
	case c.in.Flags&coord.FlagGet != 0:
		ok, _ := s.read(c, s)
		return ok, written
	case c.in.Flags&(coord.FlagNX|coord.FlagXX) == 0:
		return true, written
	}
	if wanted := c.in.Flags&coord.FlagXX != 0; c.unknown && s.live == wanted || !c.unknown && c.code == coord.ReplyOK {
		return s.live == wanted, written
	}
	return c.unknown || s.live == (c.in.Flags&coord.FlagNX != 0), s
}

func (s cell) expire(c *call, written cell) (bool, cell) {
	written.value = s.value
	switch {
	case !s.live:
		return c.unknown || c.n == 0, cell{}
	case c.unknown:
		if s.low != 0 {
			written.low = min(written.low, s.low)
		}
		return true, written
	case c.n == 1:
		return s.mayLive(c), written
	}
	return s.mayNot(c), cell{}
}
