package resp

import (
	"bytes"
	"strconv"
)

// outcome is what the parser found.
type outcome uint8

const (
	more    outcome = iota // the command goes on after the bytes there are
	empty                  // nothing to do: an empty line or array
	ready                  // a whole command: argv
	refused                // a whole command past a limit: refusal
	failed                 // not the protocol: failure, then close
)

type parseState uint8

const (
	atStart parseState = iota
	atHead             // of an argument: its length
	atBody
)

type span struct{ from, to int }

// parser reads one command at a time, inline or an array of bulks, from bytes that may arrive
// in any pieces. Positions are relative to the command's first byte, which the caller keeps in place
// and gives again with more bytes behind it; while a command is being skipped because it is past a limit,
// the caller may instead drop what was read (see skipped).
type parser struct {
	limits *Limits
	state  parseState
	argv   int // arguments announced
	left   int // arguments still to come
	need   int // bytes of the current argument
	pos    int // bytes read
	total  int // bytes of all arguments
	args   []span
	inline [][]byte

	skipping bool
	refusal  refusal
	failure  string
}

// refusal is an argument past a limit.
type refusal struct {
	index  int
	length int
	whole  bool // it is the command that is too long
	name   []byte
}

// reset begins the next command.
func (p *parser) reset() {
	if cap(p.args) > keepArguments {
		p.args = nil
	}
	p.state, p.pos, p.left, p.total, p.skipping = atStart, 0, 0, 0, false
	p.args, p.inline = p.args[:0], nil
}

// skipped gives the number of bytes that need not be given again.
func (p *parser) skipped() int {
	if !p.skipping {
		return 0
	}
	n := p.pos
	p.pos = 0
	return n
}

// next goes on with the command at the beginning of b.
func (p *parser) next(b []byte, trusted bool) outcome {
	for {
		var o outcome
		switch p.state {
		case atStart:
			if len(b) == 0 {
				return more
			}
			if b[0] != '*' {
				return p.line(b)
			}
			o = p.count(b, trusted)
		case atHead:
			o = p.head(b, trusted)
		case atBody:
			o = p.body(b)
		}
		if o != ready || p.left == 0 {
			return p.end(o)
		}
	}
}

// end turns the end of a skipped command into its refusal.
func (p *parser) end(o outcome) outcome {
	if o == ready && p.skipping {
		return refused
	}
	return o
}

func (p *parser) fail(text string) outcome {
	p.failure = "ERR Protocol error: " + text
	return failed
}

// number reads a line "?digits\r\n" at pos. Its outcome is ready, more or failed.
func (p *parser) number(b []byte, tooBig string) (int64, bool, outcome) {
	line := b[p.pos:]
	end := bytes.IndexByte(line, '\r')
	switch {
	case end > p.limits.MaxInline, end < 0 && len(line) > p.limits.MaxInline:
		return 0, false, p.fail(tooBig)
	case end < 0, end+1 >= len(line):
		return 0, false, more
	}
	if p.state == atHead && line[0] != '$' {
		return 0, false, p.fail("expected '$', got '" + string(line[0]) + "'")
	}
	n, ok := parseInt(line[min(1, end):end])
	p.pos += end + 2
	return n, ok, ready
}

func (p *parser) count(b []byte, trusted bool) outcome {
	n, ok, o := p.number(b, "too big mbulk count string")
	switch {
	case o != ready:
		return o
	case !ok || n > int64(p.limits.MaxArguments):
		return p.fail("invalid multibulk length")
	case n > 10 && !trusted:
		return p.fail("unauthenticated multibulk length")
	case n <= 0:
		return empty
	}
	p.argv, p.left, p.state = int(n), int(n), atHead
	return ready
}

func (p *parser) head(b []byte, trusted bool) outcome {
	n, ok, o := p.number(b, "too big bulk count string")
	switch {
	case o != ready:
		return o
	case !ok || n < 0 || n > int64(p.limits.MaxBulk):
		return p.fail("invalid bulk length")
	case n > 16384 && !trusted:
		return p.fail("unauthenticated bulk length")
	}
	p.need, p.state = int(n), atBody
	p.total += p.need
	tooLong := p.need > max(p.limits.MaxKey, p.limits.MaxValue)
	if !p.skipping && (tooLong || p.total > p.limits.MaxCommand) {
		p.skip(b, tooLong)
	}
	return ready
}

// skip begins to read over a command past a limit without keeping it.
func (p *parser) skip(b []byte, tooLong bool) {
	p.skipping = true
	p.refusal = refusal{index: p.argv - p.left, length: p.need, whole: !tooLong}
	if len(p.args) > 0 {
		name := b[p.args[0].from:p.args[0].to]
		p.refusal.name = append([]byte(nil), name[:min(len(name), 128)]...)
	}
	p.args = p.args[:0]
}

func (p *parser) body(b []byte) outcome {
	if p.skipping {
		n := min(len(b)-p.pos, p.need+2)
		p.pos += n
		if p.need -= n; p.need+2 > 0 {
			return more
		}
	} else {
		if len(b)-p.pos < p.need+2 {
			return more
		}
		p.args = append(p.args, span{p.pos, p.pos + p.need})
		p.pos += p.need + 2
	}
	p.left--
	p.state = atHead
	return ready
}

// argumentEnd is where the argument that is being read will end; 0 = none is.
func (p *parser) argumentEnd() int {
	if p.state != atBody || p.skipping {
		return 0
	}
	return p.pos + p.need + 2
}

// arguments appends the command's arguments, which point into b.
func (p *parser) arguments(b []byte, argv [][]byte) [][]byte {
	if p.inline != nil {
		return append(argv, p.inline...)
	}
	for _, s := range p.args {
		argv = append(argv, b[s.from:s.to:s.to])
	}
	return argv
}

// refusalText says which limit was passed.
func (p *parser) refusalText(c *command) string {
	r := &p.refusal
	if r.whole {
		return "ERR the command is longer than the limit of " + strconv.Itoa(p.limits.MaxCommand) + " bytes"
	}
	if c != nil && c.isKey(r.index, p.argv) {
		return keyLimitText(r.length, p.limits.MaxKey)
	}
	return valueLimitText(r.length, p.limits.MaxValue)
}

func keyLimitText(n, limit int) string {
	return "ERR key of " + strconv.Itoa(n) + " bytes is longer than the limit of " + strconv.Itoa(limit) + " bytes"
}

func valueLimitText(n, limit int) string {
	return "ERR value of " + strconv.Itoa(n) + " bytes is longer than the limit of " + strconv.Itoa(limit) + " bytes"
}
