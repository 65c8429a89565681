package resp

// globSteps bounds the comparisons spent on one key, so that a pattern such as a*a*a* or one of
// many kilobytes can't hold up everybody else.
const globSteps = 1 << 20

// glob tells whether text matches a pattern as Redis reads it: * ? [a-z] [^a-z] \x. ok is false when
// the comparison took more than globSteps.
//
// Only the last star is ever gone back to: what an earlier one could match besides, the last one
// can as well. So the cost is at most len(pattern) * len(text).
//
// As in Redis, nothing is matched by "*" and by nothing only, not by "**".
func glob(pattern, text []byte) (match, ok bool) {
	if len(text) == 0 {
		return len(pattern) == 0 || string(pattern) == "*", true
	}
	p, t, steps := 0, 0, 0
	star, mark := -1, 0
	for t < len(text) {
		if steps++; steps > globSteps {
			return false, false
		}
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, mark = p, t
			continue
		}
		n, hit := globOne(pattern[p:], text[t])
		if steps += n; hit {
			p += n
			t++
			continue
		}
		if star < 0 {
			return false, true
		}
		mark++
		p, t = star, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern), true
}

// globOne compares one character with what the pattern begins with, and gives the length of that.
func globOne(pattern []byte, c byte) (int, bool) {
	if len(pattern) == 0 {
		return 0, false
	}
	switch pattern[0] {
	case '?':
		return 1, true
	case '[':
		return globClass(pattern, c)
	case '\\':
		if len(pattern) >= 2 {
			return 2, pattern[1] == c
		}
	}
	return 1, pattern[0] == c
}

// globClass reads [...]; one that is not closed ends with the pattern.
func globClass(pattern []byte, c byte) (int, bool) {
	i := 1
	not := i < len(pattern) && pattern[i] == '^'
	if not {
		i++
	}
	hit := false
	for {
		switch {
		case i >= len(pattern):
			return len(pattern), hit != not
		case pattern[i] == ']':
			return i + 1, hit != not
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			hit = hit || pattern[i] == c
			i++
		case i+2 < len(pattern) && pattern[i+1] == '-':
			from, to := pattern[i], pattern[i+2]
			hit = hit || c >= min(from, to) && c <= max(from, to)
			i += 3
		default:
			hit = hit || pattern[i] == c
			i++
		}
	}
}
