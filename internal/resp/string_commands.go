package resp

import (
	"math"

	"github.com/distributedstorage/ds/internal/coord"
)

func (s *Session) doGet(c *command, argv [][]byte) { s.one(c, joinValue, coord.OpGet, argv[1]) }

func (s *Session) doGetdel(c *command, argv [][]byte) { s.one(c, joinValue, coord.OpGetDel, argv[1]) }

func (s *Session) doStrlen(c *command, argv [][]byte) { s.one(c, joinStrlen, coord.OpHead, argv[1]) }

func (s *Session) doSet(c *command, argv [][]byte) {
	if len(argv) == 3 {
		s.one(c, joinStatus, coord.OpSet, argv[1]).Value = argv[2]
		return
	}
	o, ok := parseSetOptions(argv[3:], true)
	if !ok {
		s.fail(errSyntax)
		return
	}
	n, text := s.expiry(c, &o)
	if text != "" {
		s.fail(text)
		return
	}
	if o.flags&coord.FlagGet == 0 {
		s.set(c, joinStatus, argv[1], argv[2], o.flags, n)
		return
	}
	s.set(c, joinValue, argv[1], argv[2], o.flags, n)
}

func (s *Session) set(c *command, j join, key, value []byte, flags coord.Flag, n int64) {
	in := s.one(c, j, coord.OpSet, key)
	in.Value, in.Flags, in.N = value, flags, n
}

func (s *Session) doSetex(c *command, argv [][]byte) { s.setExpiring(c, argv, true) }

func (s *Session) doPsetex(c *command, argv [][]byte) { s.setExpiring(c, argv, false) }

func (s *Session) setExpiring(c *command, argv [][]byte, seconds bool) {
	n, text := s.expiry(c, &setOptions{flags: coord.FlagExpireIn, expiry: argv[2], seconds: seconds})
	if text != "" {
		s.fail(text)
		return
	}
	s.set(c, joinStatus, argv[1], argv[3], coord.FlagExpireIn, n)
}

func (s *Session) doSetnx(c *command, argv [][]byte) {
	s.set(c, joinSetNX, argv[1], argv[2], coord.FlagNX, 0)
}

func (s *Session) doGetset(c *command, argv [][]byte) {
	s.set(c, joinValue, argv[1], argv[2], coord.FlagGet, 0)
}

func (s *Session) doGetex(c *command, argv [][]byte) {
	o, ok := parseSetOptions(argv[2:], false)
	if !ok {
		s.fail(errSyntax)
		return
	}
	n, text := s.expiry(c, &o)
	if text != "" {
		// Redis looks at the key first: there is no error if there is none.
		join := joinBadExpiry
		if text == errNotInteger {
			join = joinBadNumber
		}
		s.one(c, join, coord.OpHead, argv[1])
		return
	}
	op := coord.OpGetEx
	if o.flags == 0 {
		op = coord.OpGet
	}
	in := s.one(c, joinValue, op, argv[1])
	in.Flags, in.N = o.flags, n
}

func (s *Session) doMget(c *command, argv [][]byte) {
	sl := s.many(c, joinValues, coord.OpGet, argv[1:], 1)
	sl.many = newGather(len(argv) - 1)
}

func (s *Session) doMset(c *command, argv [][]byte) {
	if len(argv)%2 == 0 {
		s.fail(arityText(c))
		return
	}
	s.many(c, joinOK, coord.OpSet, argv[1:], 2)
}

// many makes a request of each key in args, which are step apart; with step 2 the value follows.
func (s *Session) many(c *command, j join, op coord.Op, args [][]byte, step int) *slot {
	n := len(args) / step
	if n > wideParts {
		s.start(c, &wide{join: j, op: op, argv: args, step: step})
		return s.ring.at(s.ring.head)
	}
	sl := s.request(c, j, n)
	for i := range n {
		in := s.part(i, op, args[i*step])
		if step == 2 {
			in.Value = args[i*step+1]
		}
	}
	return sl
}

func (s *Session) doIncr(c *command, argv [][]byte) { s.add(c, argv[1], 1) }

func (s *Session) doDecr(c *command, argv [][]byte) { s.add(c, argv[1], -1) }

func (s *Session) doIncrby(c *command, argv [][]byte) {
	n, ok := parseInt(argv[2])
	if !ok {
		s.fail(errNotInteger)
		return
	}
	s.add(c, argv[1], n)
}

func (s *Session) doDecrby(c *command, argv [][]byte) {
	n, ok := parseInt(argv[2])
	switch {
	case !ok:
		s.fail(errNotInteger)
	case n == math.MinInt64:
		s.fail("ERR decrement would overflow")
	default:
		s.add(c, argv[1], -n)
	}
}

func (s *Session) add(c *command, key []byte, n int64) {
	s.one(c, joinInt, coord.OpIncrBy, key).N = n
}

func (s *Session) doAppend(c *command, argv [][]byte) {
	s.one(c, joinInt, coord.OpAppend, argv[1]).Value = argv[2]
}
