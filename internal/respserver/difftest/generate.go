package difftest

import (
	"math/rand"
	"strconv"
	"strings"
	"time"
)

// generator makes commands that a store and Redis must answer alike. It avoids what depends on the moment:
// expiries are far away or past, and no two are the same.
type generator struct {
	rng  *rand.Rand
	now  int64 // Unix seconds
	used map[int64]bool
}

func newGenerator(rng *rand.Rand) *generator {
	return &generator{rng: rng, now: time.Now().Unix(), used: map[int64]bool{}}
}

func (g *generator) pick(words ...string) string { return words[g.rng.Intn(len(words))] }

func (g *generator) key() string {
	return g.pick("a", "b", "c", "aa", "ab", "abc", "key:1", "key:2", "", "x y", "\x00\xff\r\n", "[a]", "a*")
}

func (g *generator) keys() []string {
	var list []string
	for range 1 + g.rng.Intn(4) {
		list = append(list, g.key())
	}
	return list
}

func (g *generator) value() string {
	return g.pick("", "1", "-1", "007", "9223372036854775807", "-9223372036854775808", "12 ", "1.5", "hello",
		"\x00\r\n\x00", strings.Repeat("long", 50), strconv.Itoa(g.rng.Intn(1000)))
}

func (g *generator) number() string {
	return g.pick("1", "-1", "0", "10", "x", "", "+1", "01", "-0", " 1", "9223372036854775807", "-9223372036854775808",
		"9223372036854775808", "1e3", strconv.Itoa(g.rng.Intn(100000)-50000))
}

// seconds is a duration of its own, at least two minutes.
func (g *generator) seconds() int64 {
	for {
		n := 120 + 10*g.rng.Int63n(100_000)
		if !g.used[n] {
			g.used[n] = true
			return n
		}
	}
}

// expiry is an argument of the option or command, mostly good.
func (g *generator) expiry(absolute, ms bool) string {
	if g.rng.Intn(5) == 0 {
		return g.pick("0", "-1", "x", "", "9223372036854775807", "9223372036854776", "-9223372036854775808", "1.5")
	}
	n := g.seconds()
	if absolute {
		n += g.now
	}
	if ms {
		n *= 1000
	}
	return strconv.FormatInt(n, 10)
}

func (g *generator) option(name string) []string {
	return []string{g.cased(name), g.expiry(strings.HasSuffix(name, "AT"), name[0] == 'P')}
}

func (g *generator) cased(word string) string {
	if g.rng.Intn(4) == 0 {
		return strings.ToLower(word)
	}
	return word
}

// next makes a command; one in twelve gets an argument too many, too few or of another command.
func (g *generator) next() command {
	c := g.whole()
	c.words[0] = g.cased(c.words[0])
	if g.rng.Intn(12) != 0 || c.rule == anyCursor {
		return c
	}
	switch g.rng.Intn(3) {
	case 0:
		c.words = append(c.words, g.pick("NX", "XX", "GET", "KEEPTTL", "FOO", "1", ""))
	case 1:
		c.words = c.words[:1+g.rng.Intn(len(c.words))]
	case 2:
		c.words[g.rng.Intn(len(c.words))] = g.pick("FOO", "", "GET", "NX", "foo\r\nbar", "1")
	}
	// It may have become any command that answers in no order or by the clock.
	switch strings.ToUpper(c.words[0]) {
	case "KEYS":
		c.rule = anyOrder
	case "SELECT", "FLUSHALL", "CONFIG", "COMMAND":
		c.words[0] = "PING"
	case "SET", "SETEX", "PSETEX", "GETEX", "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT":
		// A number in the wrong place may be an expiry that ends within the run.
		c.words = append(c.words, "FOO")
	}
	return c
}

func (g *generator) whole() command {
	switch g.rng.Intn(4) {
	case 0:
		return command{words: g.set()}
	case 1:
		return g.expiring()
	case 2:
		return g.general()
	}
	return command{words: g.plain()}
}

func (g *generator) set() []string {
	words := []string{"SET", g.key(), g.value()}
	for range g.rng.Intn(3) {
		switch g.rng.Intn(8) {
		case 0:
			words = append(words, g.cased("NX"))
		case 1:
			words = append(words, g.cased("XX"))
		case 2:
			words = append(words, g.cased("GET"))
		case 3:
			words = append(words, g.cased("KEEPTTL"))
		default:
			words = append(words, g.option(g.pick("EX", "PX", "EXAT", "PXAT"))...)
		}
	}
	if words[len(words)-1] == "EXAT" {
		return words
	}
	return g.future(words)
}

// future takes absolute expiries that are past out of a SET: Redis counts such a key in DBSIZE until it meets it.
func (g *generator) future(words []string) []string {
	for i, w := range words[3:] {
		if n, err := strconv.ParseInt(w, 10, 64); err == nil && n > 0 && n < g.now && i > 0 && strings.HasSuffix(strings.ToUpper(words[i+2]), "AT") {
			words[i+3] = "0"
		}
	}
	return words
}

func (g *generator) expiring() command {
	k := g.key()
	switch g.rng.Intn(10) {
	case 0:
		return command{words: []string{"TTL", k}, rule: nearly}
	case 1:
		return command{words: []string{"PTTL", k}, rule: nearlyMs}
	case 2:
		return command{words: []string{"EXPIRETIME", k}, rule: nearly}
	case 3:
		return command{words: []string{"PEXPIRETIME", k}, rule: nearlyMs}
	case 4:
		return command{words: []string{"PERSIST", k}}
	case 5:
		name := g.pick("SETEX", "PSETEX")
		return command{words: []string{name, k, g.expiry(false, name == "PSETEX"), g.value()}}
	case 6:
		words := []string{"GETEX", k}
		switch g.rng.Intn(4) {
		case 0:
		case 1:
			words = append(words, g.cased("PERSIST"))
		default:
			words = append(words, g.option(g.pick("EX", "PX", "EXAT", "PXAT"))...)
		}
		return command{words: words}
	}
	name := g.pick("EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT")
	words := []string{name, k, g.expiry(strings.HasSuffix(name, "AT"), name[0] == 'P')}
	for range g.rng.Intn(3) {
		words = append(words, g.cased(g.pick("NX", "XX", "GT", "LT")))
	}
	return command{words: words}
}

func (g *generator) plain() []string {
	k := g.key()
	switch g.rng.Intn(16) {
	case 0, 1:
		return []string{"GET", k}
	case 2:
		return []string{"SETNX", k, g.value()}
	case 3:
		return []string{"GETSET", k, g.value()}
	case 4:
		return []string{"GETDEL", k}
	case 5:
		return append([]string{"MGET"}, g.keys()...)
	case 6:
		words := []string{"MSET"}
		for _, k := range g.keys() {
			words = append(words, k, g.value())
		}
		return words
	case 7:
		return []string{"STRLEN", k}
	case 8:
		return []string{"APPEND", k, g.value()}
	case 9:
		return []string{g.pick("INCR", "DECR"), k}
	case 10, 11:
		return []string{g.pick("INCRBY", "DECRBY"), k, g.number()}
	case 12:
		return append([]string{g.pick("DEL", "UNLINK")}, g.keys()...)
	case 13:
		return append([]string{g.pick("EXISTS", "TOUCH")}, g.keys()...)
	}
	return []string{"TYPE", k}
}

func (g *generator) general() command {
	switch g.rng.Intn(16) {
	case 0:
		return command{words: []string{"DBSIZE"}}
	case 1:
		return command{words: []string{"SELECT", g.pick("0", "1", "2", "15", "16", "-1", "x", "")}}
	case 2:
		return command{words: []string{"KEYS", g.pattern()}, rule: anyOrder}
	case 3, 4:
		words := []string{"SCAN", g.pick("0", "0", "0", "0", "x", "", " 0", "0x")}
		for range g.rng.Intn(3) {
			words = append(words, g.scanOption()...)
		}
		return command{words: words, rule: anyCursor}
	case 5:
		if g.rng.Intn(4) == 0 {
			return command{words: []string{g.pick("FLUSHDB", "FLUSHALL"), g.pick("ASYNC", "sync", "FOO")}}
		}
		return command{words: []string{"TYPE", g.key()}}
	case 6:
		return command{words: []string{"PING", g.value()}}
	case 7:
		return command{words: []string{"ECHO", g.value()}}
	case 8:
		return command{words: append([]string{g.pick("FOO", "GETT", "CLUSTERS", "", "se\r\nt", strings.Repeat("z", 200))}, g.keys()...)}
	case 9:
		return command{words: []string{"CLIENT", g.pick("GETNAMEX", "NOPE", "", "i d")}}
	case 10:
		return command{words: []string{"CLIENT", "SETNAME", g.pick("me", "", "a b", "x\n")}}
	case 11:
		return command{words: []string{"CLIENT", "GETNAME"}}
	case 12:
		return command{words: []string{"CLIENT", "NO-EVICT", g.pick("ON", "off", "x")}}
	case 13:
		return command{words: []string{"CONFIG", "SET", g.pick("nope", "maxclients"), g.pick("x", "0")}}
	case 14:
		return command{words: append([]string{"COMMAND", "GETKEYS", g.pick("MSET", "del", "SET"), "a"}, g.keys()...)}
	}
	return command{words: []string{"AUTH", g.pick("x", "default"), "y"}}
}

func (g *generator) scanOption() []string {
	switch g.rng.Intn(4) {
	case 0:
		return []string{g.cased("COUNT"), g.pick("1", "3", "100", "0", "-1", "x", "")}
	case 1:
		return []string{g.cased("MATCH"), g.pattern()}
	case 2:
		return []string{g.cased("TYPE"), g.pick("string", "hash", "list")}
	}
	return []string{g.pick("FOO", "COUNT")}
}

func (g *generator) pattern() string {
	if g.rng.Intn(3) == 0 {
		return "*"
	}
	var b strings.Builder
	for range g.rng.Intn(6) {
		b.WriteString(g.pick("a", "b", "*", "?", "[", "]", "^", "-", "\\", "[a-c]", "[^a]", "key:", "c"))
	}
	return b.String()
}
