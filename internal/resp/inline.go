package resp

import "bytes"

// line reads an inline command: words on a line, quoted as in Redis.
func (p *parser) line(b []byte) outcome {
	end := bytes.IndexByte(b, '\n')
	switch {
	case end > p.limits.MaxInline, end < 0 && len(b) > p.limits.MaxInline:
		return p.fail("too big inline request")
	case end < 0:
		return more
	}
	p.pos = end + 1
	words, ok := splitWords(bytes.TrimSuffix(b[:end], []byte{'\r'}))
	if !ok {
		return p.fail("unbalanced quotes in request")
	}
	if len(words) == 0 {
		return empty
	}
	p.inline = words
	return ready
}

// splitWords is Redis' sdssplitargs; false = a quote is not closed or is followed by no space.
func splitWords(b []byte) ([][]byte, bool) {
	var words [][]byte
	for {
		for len(b) > 0 && isSpace(b[0]) {
			b = b[1:]
		}
		if len(b) == 0 || b[0] == 0 {
			return words, true
		}
		word, rest, ok := splitWord(b)
		if !ok {
			return nil, false
		}
		words, b = append(words, word), rest
	}
}

func splitWord(b []byte) (word, rest []byte, ok bool) {
	for len(b) > 0 && !isSpace(b[0]) && b[0] != 0 {
		quote := b[0]
		if quote != '"' && quote != '\'' {
			word, b = append(word, quote), b[1:]
			continue
		}
		var n int
		if word, n = unquote(word, b[1:], quote); n < 0 {
			return nil, nil, false
		}
		if b = b[1+n:]; len(b) > 0 && !isSpace(b[0]) && b[0] != 0 {
			return nil, nil, false
		}
		break
	}
	if word == nil {
		word = []byte{}
	}
	return word, b, true
}

// unquote appends what stands before the closing quote and gives the length with the quote; -1 = not closed.
func unquote(word, b []byte, quote byte) ([]byte, int) {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == quote:
			return word, i + 1
		case c == '\\' && quote == '"' && i+1 < len(b):
			var n int
			word, n = appendEscape(word, b[i+1:])
			i += n
		case c == '\\' && quote == '\'' && i+1 < len(b) && b[i+1] == '\'':
			word = append(word, '\'')
			i++
		default:
			word = append(word, c)
		}
	}
	return word, -1
}

// appendEscape reads what follows a backslash and gives its length.
func appendEscape(word, b []byte) ([]byte, int) {
	if len(b) >= 3 && b[0] == 'x' && isHex(b[1]) && isHex(b[2]) {
		return append(word, hexDigit(b[1])<<4|hexDigit(b[2])), 3
	}
	c := b[0]
	switch c {
	case 'n':
		c = '\n'
	case 'r':
		c = '\r'
	case 't':
		c = '\t'
	case 'b':
		c = '\b'
	case 'a':
		c = '\a'
	}
	return append(word, c), 1
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || lower(c) >= 'a' && lower(c) <= 'f'
}

func hexDigit(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return lower(c) - 'a' + 10
}
