package resp

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// begin gives the buffer to append an answer to that is known at once; answer takes it back.
func (s *Session) begin() []byte {
	if s.local = s.ring.len() == 0; s.local {
		return s.out
	}
	return s.buffer()
}

// answer queues what was appended to the buffer of begin as the answer of the current command.
func (s *Session) answer(b []byte) {
	if s.local {
		s.out = b
		return
	}
	sl := s.ring.push()
	sl.done, sl.buf = true, b
	s.behind += len(b)
}

func (s *Session) fail(text string) { s.answer(appendError(s.begin(), text)) }

func (s *Session) ok() { s.answer(append(s.begin(), "+OK\r\n"...)) }

// buffer gives an empty buffer for an answer that has to wait.
func (s *Session) buffer() []byte {
	if n := len(s.spare); n > 0 {
		b := s.spare[n-1]
		s.spare = s.spare[:n-1]
		return b
	}
	return make([]byte, 0, 64)
}

func (s *Session) release(b []byte) {
	if cap(b) > 0 && cap(b) <= keepAnswer && len(s.spare) < keepAnswers {
		s.spare = append(s.spare, b[:0])
	}
}

// request begins a command of several parts; part adds them.
func (s *Session) request(c *command, j join, parts int) *slot {
	sl := s.ring.push()
	sl.join, sl.cmd, sl.resp3, sl.write = j, c, s.state.Resp3, c.write
	sl.parts, sl.left = int32(parts), int32(parts)
	sl.size = int32(s.parser.total)
	s.ring.bytes += s.parser.total
	if j == joinValue || j == joinValues {
		sl.value = int32(parts)
		s.values += parts
	}
	return sl
}

// part adds one request of the command begun last. The result is valid until the next.
func (s *Session) part(i int, op coord.Op, key []byte) *coord.Input {
	if (op == coord.OpGet || op == coord.OpHead) && s.fan == nil {
		s.reads.add(s.ring.head, s.ring.tail-1, kv.HashKey(s.state.DB, key))
	}
	s.batch = append(s.batch, coord.Input{
		Kind: coord.InRequest, Op: op, DB: s.state.DB, Conn: s.id,
		Tag: (s.ring.tail-1)<<partBits | uint64(i), Key: key,
	})
	return &s.batch[len(s.batch)-1]
}

// one makes a command of one part.
func (s *Session) one(c *command, j join, op coord.Op, key []byte) *coord.Input {
	s.request(c, j, 1)
	return s.part(0, op, key)
}

// roomFor tells that n more values may be asked for. What they will weigh is guessed from those seen:
// the guess jumps up with a large one and halves with each smaller one.
func (s *Session) roomFor(n int) bool {
	return s.values == 0 || (s.values+n)*s.expected <= s.window
}

const leastExpected = 256

func (s *Session) sawValue(length int) {
	s.expected = max(s.expected/2, length, leastExpected)
}
