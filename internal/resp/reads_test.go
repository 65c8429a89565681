package resp

import (
	"strings"
	"testing"
)

// A write is given to the core only when the reads of its keys that the client sent before are answered, though their
// values were small so far; what has other keys passes.
func TestWritesWaitForReadsOfTheirKeys(t *testing.T) {
	for _, c := range []struct {
		read, write string
		waits       bool
	}{
		{"GET k", "SET k 2", true},
		{"GET k", "SET other 2", false},
		{"GET k", "SELECT 1\r\nSET k 2", false},
		{"SELECT 1\r\nGET k\r\nSELECT 0\r\nGET x\r\nSELECT 1", "SET k 2", true},
		{"GET k", "GET k", false},
		{"STRLEN k", "APPEND k 2", true},
		{"MGET a b k c", "DEL x k", true},
		{"MGET a b k c", "MSET x k y 1", false},
		{"MGET a b k c", "MSET x 1 k 1", true},
		{"EXISTS k", "GETDEL k", true},
		{"GET k", "FLUSHDB", true},
		{"SET k 1", "SET k 2", false},
		{"GET k\r\n" + strings.Repeat("GET other\r\n", readsSearched-1) + "PING", "SET k 2", true},
		{"GET k\r\n" + strings.Repeat("GET other\r\n", readsSearched) + "PING", "SET k 2", true},
	} {
		r := newRig(nil)
		for range 20 {
			r.call("GET", "small")
		}
		r.hold = true
		r.feed([]byte(c.read + "\r\n"))
		before := len(r.held)
		r.feed([]byte(c.write + "\r\n"))
		if waits := len(r.held) == before; waits != c.waits {
			t.Errorf("%q behind %.40q waits: %v", c.write, c.read, waits)
		}
		r.release()
		r.feed(nil)
		if r.release(); r.s.ring.len() > 0 {
			t.Errorf("%q behind %.40q: %d never answered", c.write, c.read, r.s.ring.len())
		}
	}
}

// A write waits for the reads of its own keys only, not for others that are late.
func TestAWriteGoesOnWithItsRead(t *testing.T) {
	r := newRig(nil)
	r.hold = true
	r.feed([]byte("GET late\r\nGET k\r\nSET k 2\r\n"))
	if len(r.held) != 2 {
		t.Fatalf("%d requests were given out", len(r.held))
	}
	r.s.Complete(&r.held[1].r, r.held[1].body)
	r.feed(nil)
	if len(r.held) != 3 {
		t.Error("the write waits for a read of another key")
	}
}

// What reads leave behind does not grow.
func TestReadsAreForgotten(t *testing.T) {
	r := newRig(nil)
	for range 1000 {
		r.hold = true
		r.feed([]byte("GET a\r\nGET b\r\n"))
		r.release()
	}
	if cap(r.s.reads.list) > 8 {
		t.Errorf("room for %d reads", cap(r.s.reads.list))
	}
	if _, found := r.s.lastRead(r.s.reads.list[0].hash); found {
		t.Error("an answered read is under way")
	}
	r.s.Shrink()
	if in := r.s.Feed([]byte("SET a 1\r\n"), nil); len(in) != 1 {
		t.Error("a write waits for nothing")
	}
}
