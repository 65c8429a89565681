package resp

import (
	"bytes"
	"math/rand"
	"slices"
	"testing"
)

// go test -fuzz FuzzFeed -fuzztime 30s ./internal/resp

// FuzzFeed feeds any bytes whole and in pieces: the answers must be the same, nothing may panic, and what is
// held must stay bounded.
func FuzzFeed(f *testing.F) {
	for _, s := range []string{
		"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
		"SET a \"x\\x41\\\"\"\r\nMGET a 'b c'\r\n", "*1\r\n$-1\r\n", "*-1\r\n*0\r\nPING\r\n", "*2\r\n$3\r\nGET\r\n$99\r\n",
		"HELLO 3\r\nSCAN 0 MATCH [^a-z]*\r\n", "CLIENT LIST\r\nCOMMAND INFO get\r\nCONFIG GET *\r\n",
		"DEL a a a\r\nKEYS *\r\nDS WHY a\r\nQUIT\r\nPING\r\n",
	} {
		f.Add([]byte(s), int64(1))
	}
	small := func(l *Limits) { l.MaxKey, l.MaxValue, l.MaxCommand, l.MaxInline, l.MaxPending = 20, 50, 200, 300, 4 }
	f.Fuzz(func(t *testing.T, data []byte, seed int64) {
		whole := newRig(small)
		whole.host.clients = nil // their lines tell how much is held
		whole.feed(data)
		want := whole.take()

		rng := rand.New(rand.NewSource(seed))
		odd := newRig(small)
		odd.host.clients = nil
		odd.hold, odd.shuffle = true, rng
		for rest := data; len(rest) > 0 || odd.s.ring.len() > 0 || odd.s.Runnable(); {
			if odd.s.Closing() {
				break
			}
			if odd.s.Full() || len(rest) == 0 {
				odd.release()
				odd.feed(nil)
				continue
			}
			n := min(len(rest), 1+rng.Intn(30))
			odd.feed(append([]byte(nil), rest[:n]...))
			rest = rest[n:]
			if held := len(odd.s.held) - odd.s.heldFrom; held > 1000 {
				t.Fatalf("%d bytes are held", held)
			}
		}
		odd.collect()
		if got := odd.take(); got != want {
			t.Fatalf("in pieces %q\nwhole %q", got, want)
		}
	})
}

// FuzzArguments encodes any arguments as clients do: the parser gives them back, and takes no byte of what follows.
func FuzzArguments(f *testing.F) {
	f.Add([]byte("SET\x00a\x00b c"), byte(0))
	f.Add([]byte("\r\n,$5\r\n,,*"), byte(','))
	f.Fuzz(func(t *testing.T, data []byte, between byte) {
		want := bytes.Split(data, []byte{between})
		b := appendArray(nil, len(want))
		for _, a := range want {
			b = appendBulk(b, a)
		}
		whole := len(b)
		limits := DefaultLimits()
		p := parser{limits: &limits}
		p.reset()
		b = append(b, "PING\r\n"...)
		for cut := 0; cut < whole; cut += 1 + cut/2 { // as if it came in pieces
			if o := p.next(b[:cut], true); o != more {
				t.Fatalf("the first %d of %d bytes are outcome %d", cut, whole, o)
			}
		}
		if o := p.next(b, true); o != ready || p.pos != whole {
			t.Fatalf("outcome %d after %d of %d bytes", o, p.pos, whole)
		}
		if got := p.arguments(b, nil); !slices.EqualFunc(got, want, bytes.Equal) {
			t.Fatalf("%q became %q", want, got)
		}
	})
}

func FuzzGlob(f *testing.F) {
	f.Add([]byte("a*[^b-c]\\?"), []byte("abc?"))
	f.Add([]byte("[z-a"), []byte("["))
	f.Add([]byte("*a*a*a*b"), []byte("aaaaaaaaaaaaaaaaaaaa"))
	f.Fuzz(func(t *testing.T, pattern, text []byte) {
		match, ok := glob(pattern, text)
		if len(pattern)*len(text) < 1000 {
			if want := plainGlob(pattern, text); !ok || match != want {
				t.Fatalf("%q matches %q: %v %v, want %v", pattern, text, match, ok, want)
			}
		}
	})
}

// plainGlob is the obviously right twin: it tries every length for every star.
func plainGlob(pattern, text []byte) bool {
	if len(text) == 0 {
		return len(pattern) == 0 || string(pattern) == "*"
	}
	seen := map[[2]int]bool{}
	var from func(p, t int) bool
	from = func(p, t int) bool {
		if v, ok := seen[[2]int{p, t}]; ok {
			return v
		}
		var hit bool
		switch {
		case p == len(pattern):
			hit = t == len(text)
		case pattern[p] == '*':
			hit = from(p+1, t) || t < len(text) && from(p, t+1)
		case t < len(text):
			n, ok := globOne(pattern[p:], text[t])
			hit = ok && from(p+n, t+1)
		}
		seen[[2]int{p, t}] = hit
		return hit
	}
	return from(0, 0)
}
