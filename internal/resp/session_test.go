package resp

import (
	"math/rand"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
)

// program is commands that a session must answer alike however they arrive and whenever they are
// answered.
func program(rng *rand.Rand, n int) [][]byte {
	keys := []string{"a", "b", "c", "dd", "eee", "", "\x00\r\n"}
	key := func() string { return keys[rng.Intn(len(keys))] }
	var list [][]byte
	for range n {
		var c []byte
		switch rng.Intn(14) {
		case 0:
			c = command3("SET", key(), strings.Repeat("v", rng.Intn(300)))
		case 1:
			c = command3("GET", key())
		case 2:
			c = command3("INCR", key())
		case 3:
			c = command3("MGET", key(), key(), key())
		case 4:
			c = command3("DEL", key(), key())
		case 5:
			c = command3("APPEND", key(), "x")
		case 6:
			c = []byte("PING \"a b\"\r\n")
		case 7:
			c = command3("nonsense", key())
		case 8:
			c = command3("DBSIZE")
		case 9:
			c = command3("SCAN", "0", "COUNT", "3")
		case 10:
			c = command3("GET", strings.Repeat("k", 200))
		case 11:
			c = command3("SELECT", []string{"0", "1"}[rng.Intn(2)])
		case 12:
			c = command3("FLUSHDB")
		case 13:
			c = command3("MSET", key(), "1", key(), strings.Repeat("y", rng.Intn(700)))
		}
		list = append(list, c)
	}
	return list
}

func TestAnswersDoNotDependOnPiecesOrTiming(t *testing.T) {
	small := func(l *Limits) { l.MaxKey, l.MaxValue, l.MaxPending, l.ValueWindow, l.MaxOut = 100, 600, 5, 2000, 1000 }
	for seed := range int64(60) {
		rng := rand.New(rand.NewSource(seed))
		list := program(rng, 120)
		plain := newRig(small)
		var all []byte
		for _, c := range list {
			plain.feed(c)
			all = append(all, c...)
		}
		want := plain.take()

		odd := newRig(small)
		odd.hold, odd.shuffle = true, rng
		for len(all) > 0 || odd.s.ring.len() > 0 || odd.s.Runnable() {
			switch {
			case odd.s.Full() || len(all) == 0 || rng.Intn(3) == 0:
				odd.release()
				odd.feed(nil)
			default:
				n := min(len(all), 1+rng.Intn(200))
				odd.feed(append([]byte(nil), all[:n]...))
				all = all[n:]
			}
		}
		odd.collect()
		if got := odd.take(); got != want {
			t.Fatalf("seed %d:\ngot  %q\nwant %q", seed, got, want)
		}
		if odd.s.Holds() != 0 || odd.s.behind != 0 || odd.s.values != 0 {
			t.Fatalf("seed %d: holds %d, behind %d, values %d", seed, odd.s.Holds(), odd.s.behind, odd.s.values)
		}
	}
}

func TestAnswersKeepTheOrderOfCommands(t *testing.T) {
	r := newRig(nil)
	r.hold = true
	r.feed([]byte("SET a 1\r\nGET a\r\nPING\r\nGET b\r\n"))
	if out := r.take(); out != "" {
		t.Fatalf("answered %q before anything was executed", out)
	}
	for _, i := range []int{2, 1} {
		r.s.Complete(&r.held[i].r, r.held[i].body)
	}
	r.collect()
	expect(t, r.take(), "")
	r.s.Complete(&r.held[0].r, nil)
	r.collect()
	expect(t, r.take(), "+OK\r\n$1\r\n1\r\n+PONG\r\n$-1\r\n")
}

func TestFullBoundsPendingCommands(t *testing.T) {
	r := newRig(func(l *Limits) { l.MaxPending = 3 })
	r.hold = true
	r.feed([]byte(strings.Repeat("INCR a\r\n", 10)))
	if !r.s.Full() || len(r.held) != 3 {
		t.Fatalf("full is %v with %d commands given out", r.s.Full(), len(r.held))
	}
	r.hold = false
	r.release()
	r.feed(nil)
	expect(t, r.take(), ":1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n:7\r\n:8\r\n:9\r\n:10\r\n")
	if r.s.Full() {
		t.Fatal("still full")
	}
}

func TestFullBoundsAnswersNotTaken(t *testing.T) {
	r := newRig(func(l *Limits) { l.MaxOut = 1000 })
	in := r.s.Feed([]byte(strings.Repeat("COMMAND INFO get\r\n", 1000)), nil)
	if len(in) != 0 || !r.s.Full() || len(r.s.Out()) > 2000 {
		t.Fatalf("%d bytes of answers pile up", len(r.s.Out()))
	}
	if r.s.Runnable() {
		t.Fatal("goes on before the answers were taken")
	}
	r.s.Sent()
	if !r.s.Runnable() {
		t.Fatal("does not go on once the answers were taken")
	}
}

// A session that has seen large values asks for few at a time; small ones open the window again.
func TestValueWindow(t *testing.T) {
	r := newRig(nil)
	large := strings.Repeat("x", 4<<20)
	r.call("SET", "large", large)
	r.call("SET", "small", "1")
	r.call("GET", "large")
	r.hold = true
	r.feed([]byte(strings.Repeat("GET small\r\n", 2000)))
	if len(r.held) != 8 {
		t.Fatalf("%d values under way after a large one, not 8", len(r.held))
	}
	most := 0
	for r.s.ring.len() > 0 {
		r.release()
		r.feed(nil)
		most = max(most, len(r.held))
	}
	if most < 500 {
		t.Fatalf("never more than %d small values under way", most)
	}
}

// TestFlushIsAlone: the core may let a flush wait, and a read of the same client must not pass it.
func TestFlushIsAlone(t *testing.T) {
	for _, flush := range []string{"FLUSHDB", "FLUSHALL"} {
		r := newRig(nil)
		r.call("SET", "a", "1")
		r.hold = true
		r.feed([]byte(flush + "\r\nGET a\r\n"))
		if n := len(r.held); n == 0 || r.held[n-1].r.Code != coord.ReplyOK {
			t.Errorf("%s: %d requests, and the last is not the flush's", flush, n)
		}
		if !r.s.Full() {
			t.Errorf("%s: the session takes more while it is under way", flush)
		}
		r.hold = false
		r.release()
		r.feed(nil)
		expect(t, r.take(), "+OK\r\n$-1\r\n")
		expect(t, r.call("PING"), "+PONG\r\n")
	}
}

func TestListingsAreAlone(t *testing.T) {
	r := newRig(nil)
	r.hold = true
	r.feed([]byte("SET a 1\r\nDBSIZE\r\nFLUSHALL\r\nDBSIZE\r\nPING\r\n"))
	if len(r.held) != 1 || r.held[0].r.Code != coord.ReplyOK {
		t.Fatalf("%d requests before the first answer, not the SET alone", len(r.held))
	}
	for i := 0; r.s.ring.len() > 0; i++ {
		if len(r.held) > waveParts {
			t.Fatalf("%d requests at a time", len(r.held))
		}
		r.release()
		r.feed(nil)
	}
	expect(t, r.take(), "+OK\r\n:1\r\n+OK\r\n:0\r\n+PONG\r\n")
}

func TestFaultsOfPartsMakeTheWhole(t *testing.T) {
	down := func(r *rig, keys ...string) {
		for _, k := range keys {
			r.core.Down[hashPartition(k)] = true
		}
	}
	noServer, unknown := "-"+fault.NoServer.Text()+"\r\n", "-"+fault.Unknown.Text()+"\r\n"
	r := newRig(nil)
	r.call("MSET", "a", "1", "b", "2")
	down(r, "b")
	expect(t, r.call("MGET", "a", "b"), noServer)
	expect(t, r.call("EXISTS", "b", "a"), noServer)
	expect(t, r.call("DBSIZE"), noServer)
	expect(t, r.call("KEYS", "*"), noServer)
	expect(t, r.call("SCAN", "0", "COUNT", "100"), noServer)
	expect(t, short(r.call("DS", "KEYS")), "*4 $4 keys *1 $1 a $8 complete :0")
	// A part was written: it can't be said that nothing was.
	expect(t, r.call("MSET", "a", "3", "b", "4"), unknown)
	expect(t, r.call("DEL", "a", "b"), unknown)
	down(r, "a")
	expect(t, r.call("MSET", "a", "3", "b", "4"), noServer)
	expect(t, r.call("GET", "a"), noServer)
}

func TestWideCommands(t *testing.T) {
	const n = 3000
	words := []string{"MSET"}
	gets, dels := []string{"MGET"}, []string{"DEL"}
	want := "*3000\r\n"
	for i := range n {
		k := strings.Repeat("k", i%7) + string(rune('A'+i%26)) + strings.Repeat("z", i/26)
		words = append(words, k, "v")
		gets, dels = append(gets, k), append(dels, k)
		want += "$1\r\nv\r\n"
	}
	r := newRig(nil)
	r.hold, r.shuffle = true, rand.New(rand.NewSource(1))
	send := func(words []string) string {
		r.feed([]byte("PING\r\n"))
		r.feed(command3(words...))
		r.feed(nil)
		for r.s.ring.len() > 0 {
			if len(r.held) > waveParts {
				t.Fatalf("%d parts at a time", len(r.held))
			}
			r.release()
			r.feed(nil)
		}
		return strings.TrimPrefix(r.take(), "+PONG\r\n")
	}
	expect(t, send(words), "+OK\r\n")
	expect(t, send(gets), want)
	expect(t, send(dels), ":3000\r\n")
	expect(t, send([]string{"GET", "A"}), "$-1\r\n")
}

// A client that never stops in the middle of its commands must not make the buffer grow.
func TestPiecesDoNotPileUp(t *testing.T) {
	r := newRig(nil)
	all := strings.Repeat(string(command3("SET", "key", strings.Repeat("v", 990))), 3000)
	for most := 0; len(all) > 0; most = max(most, cap(r.s.held)) {
		n := min(1000, len(all))
		r.feed([]byte(all[:n]))
		all = all[n:]
		r.take()
		if most > 8<<10 {
			t.Fatalf("%d bytes are held", most)
		}
	}
}

func TestReplyToNothingIsDropped(t *testing.T) {
	r := newRig(nil)
	r.s.Complete(&coord.Reply{Tag: 7 << partBits}, nil)
	r.call("PING")
	r.hold = true
	r.feed(command3("GET", "a"))
	late := r.held[0]
	r.release()
	expect(t, r.take(), "$-1\r\n")
	r.s.Complete(&late.r, nil)
	r.collect()
	expect(t, r.take(), "")
}

func TestShrinkGivesMemoryBack(t *testing.T) {
	r := newRig(nil)
	r.call("SET", "a", strings.Repeat("x", 1<<20))
	r.call("GET", "a")
	r.feed([]byte("*2\r\n$3\r\nGE"))
	r.s.Shrink()
	if r.s.ring.slots != nil || r.s.out != nil {
		t.Fatal("an idle session keeps its buffers")
	}
	r.feed([]byte("T\r\n$1\r\nz\r\n"))
	expect(t, r.take(), "$-1\r\n")
}
