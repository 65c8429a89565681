package respserver

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// However many hold their share, together they stay within the limit, and who comes last finds some.
func TestSharesOfTheAnswers(t *testing.T) {
	for _, n := range []int{1, 4, 20, 1000} {
		a := answers{limit: 64 << 20}
		var sum int64
		for range n {
			sum += a.raise(0, 1<<30)
		}
		if sum != a.used.Load() || sum > a.limit || n <= 20 && sum > a.limit*3/4 {
			t.Errorf("%d connections hold %d of %d bytes, %d are counted", n, sum, a.limit, a.used.Load())
		}
		if a.share() < freeBytes {
			t.Errorf("beside %d connections one may hold %d bytes", n, a.share())
		}
	}
}

func TestWhatIsDueForAnswers(t *testing.T) {
	for _, c := range []struct {
		name                            string
		others, charged, holds, may, to int64
	}{
		{"a little is not charged", 0, 0, freeBytes, 0, 0},
		{"what is expected is not charged by itself", 0, 0, 0, 1 << 20, 0},
		{"what is there is", 0, 0, 1 << 20, 0, 1 << 20},
		{"more than was asked for", 0, 1 << 20, 3 << 20, 0, 3 << 20},
		{"what is still expected stays", 0, 4 << 20, 1 << 20, 2 << 20, 4 << 20},
		{"what is over is given back", 0, 8 << 20, 1 << 20, 1 << 20, 2 << 20},
		{"who is busy keeps a little", 0, 8 << 20, 0, 0, keepCharge},
		{"but not if memory is short", 10 << 20, 8 << 20, 0, 0, 0},
	} {
		a := answers{limit: 20 << 20}
		a.used.Store(c.others + c.charged)
		if to := a.due(c.charged, c.holds, c.may); to != c.to {
			t.Errorf("%s: charged %d, want %d", c.name, to, c.to)
		}
	}
}

// hogs are clients that ask for n values of so many bytes each, and take nothing.
func hogs(t *testing.T, s *Server, clients, n, size int) {
	t.Helper()
	k := dial(t, s)
	value := strings.Repeat("x", size)
	k.send(fmt.Sprintf("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n%s\r\n", size, value))
	k.want("+OK")
	for range clients {
		hog := dial(t, s)
		_ = hog.conn.(*net.TCPConn).SetReadBuffer(4 << 10) // else the kernel takes several MiB
		hog.send(strings.Repeat("GET k\r\n", n))
	}
	waitFor(t, func() bool { return s.stats.commands.Load() > int64(clients) && rests(s, clients) })
}

// rests tells that so many connections have answers that their clients do not take, and go on no further.
func rests(s *Server, clients int) bool {
	for _, c := range s.list() {
		if c.out.Pending() > 0 && c.waiting.Load() {
			clients--
		}
	}
	return clients <= 0
}

// What clients do not take is bounded over all of them, and those who take theirs are answered.
func TestClientsThatTakeNothing(t *testing.T) {
	const limit, size = 2 << 20, 4 << 10
	for _, n := range []int{5, 20, 40} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s, _ := startPort(t, func(c *Config) { c.AnswerBytes = limit })
			hogs(t, s, n, 4000, size)
			held := int64(0)
			for _, c := range s.list() {
				held += int64(c.out.Pending())
			}
			if most := int64(limit + n*(freeBytes+2*size)); held > most || s.Stats().AnswerBytes > most {
				t.Errorf("%d bytes wait for their clients, %d are counted, want %d at most", held, s.Stats().AnswerBytes, most)
			}
			k := dial(t, s)
			for range 100 {
				k.send("GET k\r\n")
				k.line()
				if v := k.line(); len(v) != size {
					t.Fatalf("a neighbour got %d bytes", len(v))
				}
			}
		})
	}
}

// unwatched has only the test look at the connections.
func unwatched(c *Config) { c.watch = time.Hour }

// While memory is short a client has less time to take its answers, and else as much as ever.
func TestClientsThatTakeNothingAreCutOff(t *testing.T) {
	events := make(chan Event, 100)
	s, _ := startPort(t, func(c *Config) {
		unwatched(c)
		closings(events)(c)
		c.AnswerBytes = 4 << 20
	})
	hogs(t, s, 30, 4000, 16<<10)
	if !s.answers.pressed() {
		t.Fatalf("%d bytes are counted", s.answers.used.Load())
	}
	now := s.seconds()
	s.look(now)
	s.look(now + 5)
	if s.count() != 31 {
		t.Fatal("cut off too early")
	}
	s.look(now + 15)
	wantClosed(t, events, reasonPressed)
	waitFor(t, func() bool { return !s.answers.pressed() }) // who is left has the usual time
	s.look(now + 100)
	waitFor(t, func() bool { return s.answers.used.Load() == 0 })
}

// Past the hard limit those that hold most are closed at once, and first who has taken nothing lately.
func TestHardLimitOfAnswers(t *testing.T) {
	events := make(chan Event, 100)
	s, _ := startPort(t, func(c *Config) {
		unwatched(c)
		closings(events)(c)
		c.AnswerBytes, c.AnswersMost, c.Limits.MaxValue = 1<<20, 14<<20, 16<<20
	})
	const size = 12 << 20 // the kernel takes a part of it
	value := strings.Repeat("x", size)
	k := dial(t, s)
	k.send(fmt.Sprintf("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n%s\r\n", size, value))
	k.want("+OK")
	dial(t, s).send("GET k\r\n")
	waitFor(t, func() bool { return rests(s, 1) })
	now := s.seconds()
	s.look(now)
	s.look(now + 3)
	for range 2 { // one that is as large as the other, and one that takes nothing
		k.send("GET k\r\n")
		k.want(fmt.Sprint("$", size), value)
	}
	wantClosed(t, events, reasonMost)
	if used := s.answers.used.Load(); used > s.answers.hard {
		t.Errorf("%d bytes are counted", used)
	}
}
