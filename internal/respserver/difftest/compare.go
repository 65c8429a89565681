package difftest

import (
	"fmt"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rule tells when two replies are alike.
type rule uint8

const (
	exactly   rule = iota
	anyOrder       // arrays with the same items
	nearly         // integers that differ by less than two seconds: millis tells the unit
	nearlyMs       // likewise, in milliseconds
	anyCursor      // a SCAN's whole walk, see walk
)

// command is one command of a program.
type command struct {
	words []string
	rule  rule
}

func (c command) String() string { return fmt.Sprintf("%.300q", c.words) }

// Run sends the same generated programs to the store at addr and to a real redis-server, pipelined and one by one,
// and fails the test where they answer differently. Both are emptied.
func Run(t *testing.T, addr string, programs, length int) {
	theirs := StartRedis(t)
	for seed := range programs {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			a, b := dial(t, addr), dial(t, theirs)
			if seed%2 == 1 {
				greet(t, a, b)
			}
			g := newGenerator(rand.New(rand.NewSource(int64(seed))))
			list := []command{{words: []string{"FLUSHALL"}}}
			for range length {
				list = append(list, g.next())
			}
			for len(list) > 0 {
				n := min(len(list), 1+g.rng.Intn(20))
				if !compare(t, a, b, list[:n]) {
					return
				}
				list = list[n:]
			}
		})
	}
}

// greet switches both to RESP3. Their answers name different versions.
func greet(t *testing.T, peers ...*peer) {
	t.Helper()
	for _, p := range peers {
		if r, err := p.call("HELLO", "3"); err != nil || r.kind != '%' {
			t.Fatalf("HELLO 3 answers %s, %v", r, err)
		}
	}
}

// compare sends commands in one go to both; false = they differ.
func compare(t *testing.T, a, b *peer, list []command) bool {
	t.Helper()
	var data []byte
	for i, c := range list {
		if c.rule == anyCursor {
			return compare(t, a, b, list[:i]) && compareWalks(t, a, b, c) && compare(t, a, b, list[i+1:])
		}
		data = encode(data, c.words)
	}
	for _, p := range []*peer{a, b} {
		if err := p.send(data); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range list {
		got, err1 := a.read()
		want, err2 := b.read()
		if err1 != nil || err2 != nil {
			t.Errorf("%v: store %v, redis %v", c, err1, err2)
			return false
		}
		if !c.rule.alike(got, want) {
			t.Errorf("%v\nstore %.500s\nredis %.500s", c, got, want)
			return false
		}
	}
	return true
}

func (r rule) alike(a, b reply) bool {
	switch r {
	case anyOrder:
		return unordered(a) == unordered(b)
	case nearly, nearlyMs:
		n, err1 := strconv.ParseInt(a.text, 10, 64)
		m, err2 := strconv.ParseInt(b.text, 10, 64)
		if err1 != nil || err2 != nil || n < 0 || m < 0 {
			return a.String() == b.String()
		}
		far := int64(2)
		if r == nearlyMs {
			far = 2000
		}
		return a.kind == b.kind && n-m <= far && m-n <= far
	}
	return a.String() == b.String()
}

func unordered(r reply) string {
	var items []string
	for _, i := range r.list {
		items = append(items, i.String())
	}
	slices.Sort(items)
	return string(r.kind) + r.text + strings.Join(items, " ")
}

// compareWalks follows the cursors of a SCAN to the end on both sides: the same keys must be seen. A
// first answer that is an error must be the same.
func compareWalks(t *testing.T, a, b *peer, c command) bool {
	t.Helper()
	got, err1 := walk(a, c.words)
	want, err2 := walk(b, c.words)
	if err1 != nil || err2 != nil || got != want {
		t.Errorf("%v\nstore %.500s %v\nredis %.500s %v", c, got, err1, want, err2)
		return false
	}
	return true
}

func walk(p *peer, words []string) (string, error) {
	words = slices.Clone(words)
	seen := map[string]bool{}
	for {
		r, err := p.call(words...)
		if err != nil {
			return "", err
		}
		if len(r.list) != 2 {
			return r.String(), nil
		}
		for _, k := range r.list[1].list {
			seen[k.text] = true
		}
		if words[1] = r.list[0].text; words[1] == "0" {
			break
		}
	}
	var keys []string
	for k := range seen {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return fmt.Sprintf("%q", keys), nil
}
