package resp

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// scanAll follows the cursors and counts each key.
func scanAll(t *testing.T, r *rig, options ...string) (seen map[string]int, calls int) {
	seen, cursor := map[string]int{}, "0"
	for {
		calls++
		out := strings.Split(r.call(append([]string{"SCAN", cursor}, options...)...), "\r\n")
		if len(out) < 4 || out[0] != "*2" {
			t.Fatalf("SCAN answers %q", out)
		}
		for i := 5; i < len(out); i += 2 {
			seen[out[i]]++
		}
		cursor = out[2]
		if n, err := strconv.ParseInt(cursor, 10, 64); err != nil || n < 0 {
			t.Fatalf("cursor %q does not fit 63 bits", cursor)
		}
		if cursor == "0" {
			return seen, calls
		}
	}
}

func TestScanSeesEveryKeyOnce(t *testing.T) {
	for _, n := range []int{0, 1, 30, 5000} {
		for _, count := range []string{"1", "2", "10", "1000", "100000"} {
			r := newRig(nil)
			r.call("SELECT", "3")
			for i := range n {
				r.call("SET", fmt.Sprint("key:", i), "v")
			}
			seen, calls := scanAll(t, r, "COUNT", count)
			for k, times := range seen {
				if times != 1 {
					t.Errorf("%d keys, COUNT %s: %s seen %d times", n, count, k, times)
				}
			}
			if len(seen) != n {
				t.Errorf("%d keys, COUNT %s: saw %d", n, count, len(seen))
			}
			c, _ := strconv.Atoi(count)
			if calls > n/c+2 {
				t.Errorf("%d keys, COUNT %s: %d calls", n, count, calls)
			}
		}
	}
}

// A key that is there all the time is found whatever happens to the others.
func TestScanWhileKeysChange(t *testing.T) {
	r := newRig(nil)
	for i := range 500 {
		r.call("SET", fmt.Sprint("stay:", i), "v")
	}
	found, cursor := map[string]bool{}, "0"
	for round := 0; ; round++ {
		out := strings.Split(r.call("SCAN", cursor, "COUNT", "7"), "\r\n")
		for i := 5; i < len(out); i += 2 {
			found[out[i]] = true
		}
		r.call("SET", fmt.Sprint("new:", round), "v")
		r.call("DEL", fmt.Sprint("new:", round-3))
		if cursor = out[2]; cursor == "0" {
			break
		}
	}
	for i := range 500 {
		if k := fmt.Sprint("stay:", i); !found[k] {
			t.Errorf("%s was not found", k)
		}
	}
}

func TestScanAsksForFewPartitions(t *testing.T) {
	r := newRig(nil)
	for i := range 20_000 {
		r.call("SET", fmt.Sprint("key:", i), "v")
	}
	r.core.Lists = 0
	r.call("SCAN", "0", "COUNT", "10")
	if r.core.Lists != 1 {
		t.Errorf("%d partitions asked for ten keys", r.core.Lists)
	}
}

func TestKeysAndCountsPageThroughPartitions(t *testing.T) {
	r := newRig(nil)
	// More keys in one partition than one page holds.
	n := 0
	for i := 0; n < 3*pageKeys; i++ {
		if k := strconv.Itoa(i); hashPartition(k) == 5 {
			r.call("SET", k, "v")
			n++
		}
	}
	expect(t, r.call("DBSIZE"), ":"+strconv.Itoa(n)+"\r\n")
	if out := r.call("KEYS", "*"); !strings.HasPrefix(out, "*"+strconv.Itoa(n)+"\r\n") {
		t.Errorf("KEYS answers %.20q", out)
	}
	out := short(r.call("DS", "KEYS"))
	if !strings.HasPrefix(out, "*4 $4 keys *"+strconv.Itoa(n)+" $") || !strings.HasSuffix(out, " $8 complete :1") {
		t.Errorf("DS KEYS answers %.20q … %q", out, out[len(out)-20:])
	}
}

func TestAnswerOverTheLimitIsAnError(t *testing.T) {
	r := newRig(func(l *Limits) { l.MaxReply = 100 })
	for i := range 50 {
		r.call("SET", strconv.Itoa(i), strings.Repeat("v", 60))
	}
	expect(t, r.call("KEYS", "*"), "-"+errReplyTooLong+": use SCAN\r\n")
	expect(t, r.call("MGET", "1", "2"), "-"+errReplyTooLong+"\r\n")
	expect(t, r.call("PING"), "+PONG\r\n")
}
