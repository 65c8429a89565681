package resp

import (
	"strings"
	"testing"
)

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"**", "abc", true}, {"**", "", false},
		{"a*c", "abbc", true}, {"a*c", "abbd", false}, {"*b*", "abc", true}, {"a*b*c", "aXbYbc", true},
		{"?", "a", true}, {"?", "", false}, {"??", "a", false},
		{"[abc]", "b", true}, {"[abc]", "d", false}, {"[^abc]", "d", true}, {"[^a-z]", "b", false}, {"[^a-z]", "B", true},
		{"[z-a]", "m", true}, {"[a-]", "-", false}, {"[a-]", "^", true}, {"[a", "a", true}, {"[", "[", false}, {"[]", "]", false},
		{`\*`, "*", true}, {`\*`, "a", false}, {`[\]]`, "]", true}, {`\`, `\`, true}, {`a\?c`, "a?c", true},
		{"h[a-c]llo*", "hbllo world", true}, {"a*[0-9]", "abc7", true}, {"*a", "aab", false},
	} {
		if got, ok := glob([]byte(c.pattern), []byte(c.text)); got != c.want || !ok {
			t.Errorf("%q matches %q: %v %v, want %v", c.pattern, c.text, got, ok, c.want)
		}
	}
}

func TestGlobIsBounded(t *testing.T) {
	r := newRig(nil)
	r.call("SET", strings.Repeat("a", 60_000), "1")
	// Many stars alone are cheap.
	if got := r.call("KEYS", strings.Repeat("a*", 1000)+"b"); got != "*0\r\n" && got != "-"+errPattern+"\r\n" {
		t.Errorf("many stars answer %q", got)
	}
	for _, cmd := range [][]string{{"KEYS"}, {"SCAN", "0", "COUNT", "9", "MATCH"}} {
		pattern := "*" + strings.Repeat("a", 30_000) + "b"
		expect(t, r.call(append(cmd, pattern)...), "-"+errPattern+"\r\n")
	}
	expect(t, r.call("PING"), "+PONG\r\n")
}
