package resp

import (
	"math"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

func (s *Session) doDel(c *command, argv [][]byte) { s.many(c, joinSum, coord.OpDel, argv[1:], 1) }

func (s *Session) doExists(c *command, argv [][]byte) {
	s.many(c, joinCount, coord.OpHead, argv[1:], 1)
}

func (s *Session) doType(c *command, argv [][]byte) { s.one(c, joinType, coord.OpHead, argv[1]) }

func (s *Session) doTTL(c *command, argv [][]byte) { s.one(c, joinTTL, coord.OpHead, argv[1]) }

func (s *Session) doPTTL(c *command, argv [][]byte) { s.one(c, joinPTTL, coord.OpHead, argv[1]) }

func (s *Session) doExpireTime(c *command, argv [][]byte) {
	s.one(c, joinExpireTime, coord.OpHead, argv[1])
}

func (s *Session) doPExpireTime(c *command, argv [][]byte) {
	s.one(c, joinPExpireTime, coord.OpHead, argv[1])
}

func (s *Session) doExpire(c *command, argv [][]byte) {
	s.expire(c, argv, coord.FlagExpireIn, true)
}

func (s *Session) doPExpire(c *command, argv [][]byte) {
	s.expire(c, argv, coord.FlagExpireIn, false)
}

func (s *Session) doExpireAt(c *command, argv [][]byte) {
	s.expire(c, argv, coord.FlagExpireAt, true)
}

func (s *Session) doPExpireAt(c *command, argv [][]byte) {
	s.expire(c, argv, coord.FlagExpireAt, false)
}

// expire also takes times that have passed: the core deletes then.
func (s *Session) expire(c *command, argv [][]byte, kind coord.Flag, seconds bool) {
	flags, text := parseExpireOptions(argv[3:])
	if text != "" {
		s.fail(text)
		return
	}
	n, ok := parseInt(argv[2])
	if !ok {
		s.fail(errNotInteger)
		return
	}
	if seconds {
		if n > math.MaxInt64/1000 || n < math.MinInt64/1000 {
			s.fail(expiryText(c))
			return
		}
		n *= 1000
	}
	if kind == coord.FlagExpireIn && n > math.MaxInt64-s.host.Now() {
		s.fail(expiryText(c))
		return
	}
	if kind == coord.FlagExpireAt && n == 0 {
		n = -1 // long past as well; a record's expiry 0 means never
	}
	in := s.one(c, joinInt, coord.OpExpire, argv[1])
	in.Flags, in.N = flags|kind, n
}

func (s *Session) doPersist(c *command, argv [][]byte) {
	s.one(c, joinInt, coord.OpExpire, argv[1]).Flags = coord.FlagPersist
}

func (s *Session) doKeys(c *command, argv [][]byte) {
	l := &listing{kind: listKeys}
	if string(argv[1]) != "*" {
		l.match = append([]byte{}, argv[1]...)
	}
	s.start(c, l)
}

func (s *Session) doDBSize(c *command, _ [][]byte) { s.start(c, &listing{kind: listCount}) }

func (s *Session) doScan(c *command, argv [][]byte) {
	cursor, ok := parseCursor(argv[1])
	if !ok {
		s.fail("ERR invalid cursor")
		return
	}
	f := &scan{count: 10, width: 1}
	if text := f.options(argv[2:]); text != "" {
		s.fail(text)
		return
	}
	if cursor > math.MaxInt64 {
		// Never given out: the end of the key space.
		s.answer(append(s.begin(), "*2\r\n$1\r\n0\r\n*0\r\n"...))
		return
	}
	f.from = kv.Hash(cursor << 1)
	s.start(c, f)
}

func (c *scan) options(args [][]byte) string {
	for ; len(args) >= 2; args = args[2:] {
		switch value := args[1]; {
		case equalFold(args[0], "count"):
			n, ok := parseInt(value)
			if !ok {
				return errNotInteger
			}
			if n < 1 {
				return errSyntax
			}
			c.count = int(min(n, maxScanCount))
		case equalFold(args[0], "match"):
			c.match = append([]byte{}, value...)
		case equalFold(args[0], "type"):
			c.none = !equalFold(value, "string")
		default:
			return errSyntax
		}
	}
	if len(args) > 0 {
		return errSyntax
	}
	return ""
}

func (s *Session) doFlushDB(c *command, argv [][]byte) {
	if s.flushFits(argv) {
		s.one(c, joinOK, coord.OpFlush, nil)
	}
}

func (s *Session) doFlushAll(c *command, argv [][]byte) {
	if !s.flushFits(argv) {
		return
	}
	s.request(c, joinOK, s.limits.Databases)
	for db := range s.limits.Databases {
		s.part(db, coord.OpFlush, nil).DB = kv.DB(db)
	}
}

func (s *Session) flushFits(argv [][]byte) bool {
	if len(argv) > 2 || len(argv) == 2 && !equalFold(argv[1], "async") && !equalFold(argv[1], "sync") {
		s.fail(errSyntax)
		return false
	}
	return true
}
