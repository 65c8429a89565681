package oracle

import (
	"fmt"
	"math"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
)

// MaxClients bounds the clients of a history.
const MaxClients = 8

// AllKeys is the Key of a call that concerns every key of its database.
const AllKeys = -1

// Call is one request and its answer. The times of the clock that judges expiries bound when it was judged.
type Call struct {
	Client    int
	Key       int // its number in the history, or AllKeys
	In        coord.Input
	Began     int64 // in the order of all requests and answers
	Ended     int64
	Low, High int64 // Unix milliseconds of the expiry clock when it was asked and answered

	At   int64 // steady milliseconds when it was asked
	Lost int64 // in the order of all requests and answers, when its router died with it; 0 = that did not happen
	Mark int   // the simulator's own

	Ahead  int // calls of its key under way when it was asked
	Before int // calls of its key asked by then, itself too
	Linked int // sessions that the servers of its key had had by then; 0 = one had none at that moment

	Repeats bool // it writes what the key may have held before; what others write is unique

	Unknown bool       // nobody knows what became of it
	Nothing bool       // certainly nothing was done
	Fault   fault.Kind // why nothing was done
	Code    coord.ReplyCode
	Value   string
	N       int64

	said   bool   // by a listing
	text   string // what it writes or appends
	unread bool   // no answer shows it
	// The call takes effect as the turn-th of its lane: writes whose outcome is known in the order in which their client
	// sent them, those of unknown outcome that are interchangeable in any one order. Reads wait for their client's.
	lane, turn int
}

// reads tells that the call changes nothing and is answered with what is there. A HEAD is so without the value, and with when that ends: N,
// 0 = never. Who asked it finds out which value it is, and makes a ReplyValue of the answer; where nobody can tell, it stays a ReplyHead.
func (c *Call) reads() bool { return c.In.Op == coord.OpGet || c.In.Op == coord.OpHead && !c.said }

// Pending tells that no answer has come, and that one still may.
func (c *Call) Pending() bool { return c.Ended == math.MaxInt64 && !c.Unknown && !c.Nothing }

var opNames = map[coord.Op]string{
	coord.OpGet: "GET", coord.OpSet: "SET", coord.OpDel: "DEL", coord.OpGetDel: "GETDEL", coord.OpIncrBy: "INCRBY",
	coord.OpAppend: "APPEND", coord.OpExpire: "PEXPIRE", coord.OpFlush: "FLUSHDB", coord.OpHead: "HEAD",
	coord.OpGetEx: "GETEX", coord.OpList: "LIST",
}

var flagNames = []string{"NX", "XX", "GT", "LT", "GET", "KEEPTTL", "PX", "PXAT", "PERSIST"}

// String shows the call with its answer.
func (c *Call) String() string {
	s := fmt.Sprintf("client %d: %s %s", c.Client, opNames[c.In.Op], c.In.Key)
	if len(c.In.Value) > 0 {
		s += " " + short(string(c.In.Value))
	}
	for i, name := range flagNames {
		if c.In.Flags>>i&1 == 1 {
			s += " " + name
		}
	}
	if c.In.N != 0 {
		s += fmt.Sprintf(" %d", c.In.N)
	}
	switch {
	case c.Nothing:
		return s + " → nothing done"
	case c.Unknown:
		return s + " → unknown"
	case c.Pending():
		return s
	}
	return fmt.Sprintf("%s → %s [%d-%d]", s, c.answer(), c.Began, c.Ended)
}

func (c *Call) answer() string {
	switch c.Code {
	case coord.ReplyOK:
		return "OK"
	case coord.ReplyNil:
		return "nil"
	case coord.ReplyHead:
		return fmt.Sprintf("something until %d", c.N)
	case coord.ReplyValue:
		if c.In.Op == coord.OpHead && c.N != 0 {
			return fmt.Sprintf("%s until %d", short(c.Value), c.N)
		}
		return short(c.Value)
	case coord.ReplyNotInteger:
		return "not an integer"
	case coord.ReplyTooLong:
		return "too long"
	}
	return fmt.Sprint(c.N)
}

func short(s string) string {
	s = strings.ReplaceAll(s, "~", "")
	if len(s) > 60 {
		s = s[:28] + "…" + s[len(s)-28:]
	}
	return fmt.Sprintf("%q", s)
}
