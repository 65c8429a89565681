package oracle

import (
	"math"
	"strconv"

	"github.com/distributedstorage/ds/internal/coord"
)

// cell is the state of one key: live until a moment between low and high (0 = for ever).
type cell struct {
	live      bool
	value     string
	low, high int64
}

// apply runs a call on the state. Where its outcome is unknown, the state becomes the widest it may be.
func (s cell) apply(c *Call, maxValue int) (bool, cell) {
	in := &c.In
	written := cell{live: true, value: c.text}
	switch {
	case in.Op == coord.OpIncrBy: // N is no expiry
	case in.Flags&coord.FlagExpireIn != 0:
		written.low, written.high = c.Low+in.N, math.MaxInt64
		if c.High != math.MaxInt64 {
			written.high = c.High + in.N
		}
	case in.Flags&coord.FlagExpireAt != 0 && in.N <= c.Low:
		written = cell{} // it is over before it begins
	case in.Flags&coord.FlagExpireAt != 0:
		written.low, written.high = in.N, in.N
	case in.Flags&coord.FlagKeepTTL != 0 && s.live:
		written.low, written.high = s.low, s.high
	}
	switch in.Op {
	case coord.OpGet:
		return s.read(c, s.found(c))
	case coord.OpHead:
		return s.head(c)
	case coord.OpFlush:
		return true, cell{}
	case coord.OpGetDel:
		return s.read(c, cell{})
	case coord.OpDel:
		return c.Unknown || c.N == 1 && s.mayLive(c) || c.N == 0 && s.mayNot(c), cell{}
	case coord.OpSet:
		return s.set(c, written)
	case coord.OpExpire:
		return s.expire(c, written)
	case coord.OpAppend:
		return s.append(c, maxValue)
	case coord.OpIncrBy:
		return s.incr(c)
	}
	panic("oracle: no model of the operation")
}

// mayLive and mayNot tell what the call could have found.
func (s cell) mayLive(c *Call) bool { return s.live && (s.low == 0 || c.Low < s.high) }
func (s cell) mayNot(c *Call) bool  { return !s.live || s.low != 0 && c.High >= s.low }

// found is the state once the call has seen it alive.
func (s cell) found(c *Call) cell {
	if s.low != 0 {
		s.low = max(s.low, c.Low+1)
	}
	return s
}

// read judges an answer that tells the old value; then is the state after one was found.
func (s cell) read(c *Call, then cell) (bool, cell) {
	switch {
	case c.Unknown:
		return true, then
	case c.Code == coord.ReplyValue:
		return s.mayLive(c) && c.Value == s.value, then
	}
	return c.Code == coord.ReplyNil && s.mayNot(c), cell{}
}

// head judges an answer that tells what is there and when it ends; then that is known.
func (s cell) head(c *Call) (bool, cell) {
	switch {
	case c.said:
		return s.says(c), s
	case c.Code != coord.ReplyValue && c.Code != coord.ReplyHead:
		return s.read(c, s.found(c))
	case !s.mayLive(c) || c.Code == coord.ReplyValue && c.Value != s.value:
		return false, s
	case s.low == 0 || c.N == 0:
		return s.low == c.N, s
	}
	ok := s.low <= c.N && c.N <= s.high && c.Low < c.N
	s.low, s.high = c.N, c.N
	return ok, s
}

func (s cell) set(c *Call, written cell) (bool, cell) {
	switch {
	case c.In.Flags&coord.FlagGet != 0:
		ok, _ := s.read(c, s)
		return ok, written
	case c.In.Flags&(coord.FlagNX|coord.FlagXX) == 0:
		return c.Unknown || c.Code == coord.ReplyOK, written
	}
	if wanted := c.In.Flags&coord.FlagXX != 0; c.Unknown && s.live == wanted || !c.Unknown && c.Code == coord.ReplyOK {
		return s.live == wanted, written
	}
	return c.Unknown || s.live == (c.In.Flags&coord.FlagNX != 0), s
}

func (s cell) expire(c *Call, written cell) (bool, cell) {
	written.value = s.value
	switch {
	case !s.live:
		return c.Unknown || c.N == 0, cell{}
	case c.Unknown:
		if s.low != 0 {
			written.low = min(written.low, s.low)
		}
		return true, written
	case c.N == 1:
		return s.mayLive(c), written
	}
	return s.mayNot(c), cell{}
}

// append and incr keep the expiry. They are asked of keys without one only.
func (s cell) append(c *Call, maxValue int) (bool, cell) {
	if len(s.value)+len(c.text) > maxValue {
		return c.Unknown || c.Code == coord.ReplyTooLong, s
	}
	s.live, s.value = true, s.value+c.text
	return c.Unknown || c.Code == coord.ReplyInt && c.N == int64(len(s.value)), s
}

func (s cell) incr(c *Call) (bool, cell) {
	n, err := strconv.ParseInt(s.value, 10, 64)
	if s.live && err != nil {
		return c.Unknown || c.Code == coord.ReplyNotInteger, s
	}
	s.live, s.value = true, strconv.FormatInt(n+c.In.N, 10)
	return c.Unknown || c.Code == coord.ReplyInt && c.N == n+c.In.N, s
}
