package resp

import (
	"bytes"
	"strings"
)

// Errors in Redis' words, and the store's own.
const (
	errNotInteger   = "ERR value is not an integer or out of range"
	errOverflow     = "ERR increment or decrement would overflow"
	errTooLong      = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	errSyntax       = "ERR syntax error"
	errNoAuth       = "NOAUTH Authentication required."
	errReplyTooLong = "ERR the answer is longer than the limit"
	errPattern      = "ERR the pattern takes too long to match"
)

// dispatch executes s.argv; false = it has to wait for what is pending, and nothing was done. own tells
// that the arguments stay where they are until the command is answered.
func (s *Session) dispatch(own bool) bool {
	c := lookup(s.argv[0])
	if c != nil && len(c.subs) > 0 && len(s.argv) > 1 {
		if sub := c.sub(s.argv[1]); sub != nil {
			c = sub
		} else {
			s.commands++
			s.fail(unknownSubcommandText(s.argv))
			return true
		}
	}
	if text := s.reject(c); text != "" {
		s.commands++
		s.fail(text)
		return true
	}
	if s.mustWait(c, own) {
		return false
	}
	s.commands++
	s.state.Command = c.name
	c.run(s, c, s.argv)
	if c.alone {
		s.wait = waitDrained
	}
	return true
}

// reject is the error of a command that can't be executed whatever the store holds; "" = it can.
func (s *Session) reject(c *command) string {
	switch {
	case c == nil:
		return unknownText(s.argv)
	case !c.arityFits(len(s.argv)):
		return arityText(c)
	case !s.trusted && !c.noAuth:
		return errNoAuth
	}
	for i, a := range s.argv {
		if len(a) <= s.limits.MaxKey && len(a) <= s.limits.MaxValue {
			continue
		}
		if c.isKey(i, len(s.argv)) {
			if len(a) > s.limits.MaxKey {
				return keyLimitText(len(a), s.limits.MaxKey)
			}
		} else if len(a) > s.limits.MaxValue {
			return valueLimitText(len(a), s.limits.MaxValue)
		}
	}
	return ""
}

// mustWait tells that the command can't begin while others are pending, and says until when.
func (s *Session) mustWait(c *command, own bool) bool {
	keys := 0
	if c.first > 0 {
		keys = (c.lastKey(len(s.argv))-c.first)/c.step + 1
	}
	wide := keys > wideParts
	if (c.alone || wide) && s.ring.len() > 0 || wide && !own {
		s.wait = waitDrained
		return true
	}
	if c.write {
		if seq, found := s.before(c); found {
			s.wait, s.read = waitRead, seq
			return true
		}
	}
	if c.values > 0 && len(s.argv) >= c.values && !s.roomFor(keys) {
		s.wait, s.wanted = waitValues, keys
		return true
	}
	return false
}

func arityText(c *command) string {
	return "ERR wrong number of arguments for '" + c.name + "' command"
}

func expiryText(c *command) string {
	return "ERR invalid expire time in '" + c.name + "' command"
}

const textBytes = 128 // of what a client sent, in an error

// clip is the beginning of what a client sent. Like Redis, which puts it into C strings, it ends at a zero byte.
func clip(b []byte, n int) string {
	b = b[:min(len(b), max(n, 0))]
	if zero := bytes.IndexByte(b, 0); zero >= 0 {
		b = b[:zero]
	}
	return string(b)
}

func unknownText(argv [][]byte) string {
	var t strings.Builder
	t.WriteString("ERR unknown command '" + clip(argv[0], textBytes) + "', with args beginning with: ")
	for used, i := 0, 1; i < len(argv) && used < textBytes; i++ {
		word := "'" + clip(argv[i], textBytes-used) + "' "
		used += len(word)
		t.WriteString(word)
	}
	return t.String()
}

func unknownSubcommandText(argv [][]byte) string {
	return "ERR unknown subcommand '" + clip(argv[1], textBytes) + "'. Try " + strings.ToUpper(string(argv[0])) + " HELP."
}
