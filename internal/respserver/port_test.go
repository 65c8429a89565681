package respserver

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// talker is a client that writes words and reads lines.
type talker struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func dial(t testing.TB, s *Server) *talker {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return newTalker(t, conn)
}

func newTalker(t testing.TB, conn net.Conn) *talker {
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	t.Cleanup(func() { conn.Close() })
	return &talker{t, conn, bufio.NewReader(conn)}
}

func (k *talker) send(text string) {
	k.t.Helper()
	if _, err := io.WriteString(k.conn, text); err != nil {
		k.t.Fatal(err)
	}
}

func (k *talker) line() string {
	k.t.Helper()
	s, err := k.in.ReadString('\n')
	if err != nil {
		k.t.Fatalf("reading a line: %v", err)
	}
	return strings.TrimSuffix(s, "\r\n")
}

func (k *talker) want(lines ...string) {
	k.t.Helper()
	for _, w := range lines {
		if got := k.line(); got != w {
			k.t.Fatalf("got %q, want %q", got, w)
		}
	}
}

// ended waits for the end of the connection.
func (k *talker) ended() {
	k.t.Helper()
	if _, err := io.Copy(io.Discard, k.in); err != nil {
		if e, ok := err.(net.Error); ok && e.Timeout() {
			k.t.Fatal("the connection was not closed")
		}
	}
}

// closings collects why connections were closed.
func closings(events chan Event) func(*Config) {
	return func(c *Config) {
		c.Observe = func(e Event) {
			if e.Kind != EventOpened {
				events <- e
			}
		}
	}
}

func wantClosed(t *testing.T, events chan Event, reason string) {
	t.Helper()
	select {
	case e := <-events:
		if e.Reason != reason {
			t.Fatalf("closed because %q, want %q", e.Reason, reason)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("not closed: %s", reason)
	}
}

func TestMaxClients(t *testing.T) {
	events := make(chan Event, 10)
	s, _ := startPort(t, func(c *Config) {
		c.MaxClients = 1
		closings(events)(c)
	})
	first := dial(t, s)
	first.send("PING\r\n")
	first.want("+PONG")
	second := dial(t, s)
	second.want("-ERR max number of clients reached")
	second.ended()
	wantClosed(t, events, reasonLimit)
	first.send("CONFIG SET maxclients 2\r\n")
	first.want("+OK")
	third := dial(t, s)
	third.send("PING\r\n")
	third.want("+PONG")
	if st := s.Stats(); st.Rejected != 1 || st.Clients != 2 || st.Opened != 2 {
		t.Errorf("counted %+v", st)
	}
}

func TestClientListAndKill(t *testing.T) {
	events := make(chan Event, 10)
	s, _ := startPort(t, closings(events))
	a, b := dial(t, s), dial(t, s)
	b.send("CLIENT SETNAME bee\r\nCLIENT ID\r\n")
	b.want("+OK")
	id := strings.TrimPrefix(b.line(), ":")
	a.send("CLIENT LIST ID " + id + "\r\n")
	a.line()
	if line := a.line(); !strings.Contains(line, "name=bee") || !strings.Contains(line, "addr="+b.conn.LocalAddr().String()) {
		t.Errorf("CLIENT LIST shows %q", line)
	}
	a.line()
	a.send("CLIENT KILL ID " + id + "\r\nCLIENT KILL ID 999\r\n")
	a.want(":1", ":0")
	b.ended()
	wantClosed(t, events, reasonKilled)
	a.send("CLIENT KILL " + a.conn.LocalAddr().String() + "\r\n")
	a.want("+OK")
	a.ended()
}

// A client that takes none of its answers must not make the port hold them for ever.
func TestSlowReaders(t *testing.T) {
	for _, c := range []struct {
		name   string
		adjust func(*Config)
		wait   time.Duration // of the watcher's clock
		reason string
	}{
		{"much", func(c *Config) { c.MaxOutput, c.AnswerBytes = 8<<20, 1<<30 }, 0, reasonOutput},
		{"long", nil, 2 * time.Minute, reasonDrain},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := make(chan Event, 10)
			s, _ := startPort(t, func(cfg *Config) {
				closings(events)(cfg)
				if c.adjust != nil {
					c.adjust(cfg)
				}
			})
			k := dial(t, s)
			big := strings.Repeat("x", 4<<20)
			k.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + strconv.Itoa(len(big)) + "\r\n" + big + "\r\n")
			k.want("+OK")
			k.send(strings.Repeat("GET k\r\n", 8))
			if c.wait > 0 {
				waitFor(t, func() bool { return s.list()[0].out.Pending() > 0 })
				now := time.Now()
				s.list()[0].look(now.Unix(), 0)
				s.list()[0].look(now.Add(c.wait).Unix(), 0)
			}
			wantClosed(t, events, c.reason)
		})
	}
}

// waitFor polls a condition that nothing can be waited on for.
func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	deadline := time.After(2 * time.Minute) // an end to waiting, not a demand
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatal("it never came to be")
		case <-tick.C:
		}
	}
}

func TestUnfinishedCommandsAndIdleClients(t *testing.T) {
	events := make(chan Event, 10)
	s, _ := startPort(t, closings(events))
	k := dial(t, s)
	k.send("PING\r\n*2\r\n$3\r\nGE")
	k.want("+PONG")
	waitFor(t, func() bool { return partial(s) && s.list()[0].out.Pending() == 0 })
	s.list()[0].look(time.Now().Add(30*time.Second).Unix(), 0)
	if s.count() != 1 {
		t.Fatal("closed too early")
	}
	s.list()[0].look(time.Now().Add(2*time.Minute).Unix(), 0)
	wantClosed(t, events, reasonStalled)

	k = dial(t, s)
	k.send("CONFIG SET timeout 10\r\n")
	k.want("+OK")
	s.list()[0].look(time.Now().Add(5*time.Second).Unix(), s.settings.timeout())
	if s.count() != 1 {
		t.Fatal("closed too early")
	}
	s.list()[0].look(time.Now().Add(15*time.Second).Unix(), s.settings.timeout())
	wantClosed(t, events, reasonIdle)
}

func partial(s *Server) bool {
	c := s.list()[0]
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.session.Partial()
}

// Past the budget one connection at a time goes on, so that all of them end.
func TestBudgetOfRequestBytes(t *testing.T) {
	s, _ := startPort(t, func(c *Config) { c.RequestBytes = 300_000 })
	const clients, size = 6, 3 << 20
	head := fmt.Sprintf("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n", size)
	body := strings.Repeat("x", size) + "\r\n"
	var all []*talker
	for range clients {
		k := dial(t, s)
		k.send(head + body[:size/2])
		all = append(all, k)
	}
	done := make(chan error, clients)
	for _, k := range all {
		go func() {
			_, err := io.WriteString(k.conn, body[size/2:])
			done <- err
		}()
	}
	for range clients {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range all {
		k.want("+OK")
	}
	if n := s.budget.used(); n != 0 {
		t.Errorf("%d bytes are still counted", n)
	}
}

func TestBudgetStopsThoseThatCauseIt(t *testing.T) {
	var b budget
	b.init(100_000)
	big, other, small := &Conn{}, &Conn{}, &Conn{}
	b.charge(big, 0, 90_000)
	b.charge(other, 0, 80_000)
	if !b.admits(small, 0) || !b.admits(big, 90_000) {
		t.Fatal("a small one, or the first large one, may not go on")
	}
	if b.admits(other, 80_000) {
		t.Fatal("a second large one goes on past the budget")
	}
	if w := b.charge(big, 90_000, 0); len(w) != 1 || w[0] != other {
		t.Fatalf("%d are woken, not the one that waits", len(w))
	}
	if !b.admits(other, 80_000) || b.used() != 80_000 {
		t.Fatalf("%d bytes are counted", b.used())
	}
}

func TestTurnOffAnswersWhatWasBegun(t *testing.T) {
	s, e := startPort(t, nil)
	k, idle := dial(t, s), dial(t, s)
	idle.send("PING\r\n")
	idle.want("+PONG")
	e.holding()
	k.send("SET a 1\r\n")
	<-e.arrived
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.TurnOff(context.Background())
	}()
	idle.ended()
	select {
	case <-done:
		t.Fatal("turned off before the answer")
	default:
	}
	e.release()
	k.want("+OK")
	k.ended()
	<-done
}

func TestTurnOffGivesUp(t *testing.T) {
	s, e := startPort(t, nil)
	k := dial(t, s)
	e.holding()
	k.send("SET a 1\r\n")
	<-e.arrived
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.TurnOff(ctx)
	k.ended()
	e.release()
}

func TestPassword(t *testing.T) {
	s, _ := startPort(t, func(c *Config) { c.Password = "secret" })
	k := dial(t, s)
	k.send("PING\r\nAUTH secret\r\nPING\r\nCONFIG SET requirepass ''\r\n")
	k.want("-NOAUTH Authentication required.", "+OK", "+PONG", "+OK")
	open := dial(t, s)
	open.send("PING\r\n")
	open.want("+PONG")
}

func TestDeepPipelineKeepsOrder(t *testing.T) {
	s, e := startPort(t, nil)
	k := dial(t, s)
	e.holding()
	k.send("INCR a\r\nECHO x\r\n")
	<-e.arrived
	go func() { e.release() }()
	const n = 10_000
	go func() { _, _ = io.WriteString(k.conn, strings.Repeat("INCR a\r\nECHO x\r\n", n-1)) }()
	for i := range n {
		k.want(":"+strconv.Itoa(i+1), "$1", "x")
	}
}

// Nor is it read while too many of its commands wait for the store.
func TestPausedWhileCommandsWait(t *testing.T) {
	s, e := startPort(t, nil)
	k := dial(t, s)
	e.holding()
	const n = 20_000
	text := strings.Repeat("SET k "+strings.Repeat("v", 1000)+"\r\n", n)
	go func() { _, _ = io.WriteString(k.conn, text) }()
	c := s.list()[0]
	waitFor(t, func() bool { return len(e.arrived) >= c.server.cfg.Limits.MaxPending && c.waiting.Load() })
	c.mu.Lock()
	held := c.mu.session.State().InputBytes
	c.mu.Unlock()
	if held > 2*readBytes {
		t.Errorf("%d bytes were read ahead", held)
	}
	e.release()
	for range n {
		k.want("+OK")
	}
}

// A client is not read while many of its answers wait for it to take them, and all of them arrive in the end.
func TestPausedWhileAnswersWait(t *testing.T) {
	s, _ := startPort(t, func(c *Config) { c.PauseOutput = 1 << 10 })
	k := dial(t, s)
	big := strings.Repeat("x", 1<<20)
	k.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$" + strconv.Itoa(len(big)) + "\r\n" + big + "\r\n")
	k.want("+OK")
	const n = 100
	for range n {
		k.send("GET k\r\n")
	}
	c := s.list()[0]
	waitFor(t, func() bool { return c.out.Pending() > 0 && c.waiting.Load() })
	if p := c.out.Pending(); p > 40<<20 {
		t.Errorf("%d bytes of answers pile up", p)
	}
	for range n {
		k.want("$"+strconv.Itoa(len(big)), big)
	}
}

// Clients that vanish at any point leave nothing behind: the leak check of TestMain sees their goroutines.
func TestClientsThatVanish(t *testing.T) {
	s, e := startPort(t, nil)
	for i, text := range []string{"", "*", "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100000\r\nxx", "GET a\r\n", "KEYS *\r\n", "SET a 1\r\nGET a\r\nDBSIZE\r\n"} {
		e.mu.Lock()
		e.hold = i%2 == 1
		e.mu.Unlock()
		k := dial(t, s)
		k.send(text)
		k.conn.Close()
	}
	e.release()
	waitFor(t, func() bool { e.release(); return s.count() == 0 })
}

// A connection that is no kernel socket, as TLS will be, is read into a buffer of its own.
func TestOtherKindsOfConnection(t *testing.T) {
	s, _ := startPort(t, nil)
	near, far := net.Pipe()
	s.take(near)
	k := newTalker(t, far)
	k.send("SET a 1\r\n")
	k.want("+OK")
	k.send("GET a\r\n")
	k.want("$1", "1")
	k.send("QUIT\r\n")
	k.want("+OK")
	k.ended()
}

func TestSettings(t *testing.T) {
	s, _ := startPort(t, func(c *Config) { c.MaxMemory = 1 << 30 })
	k := dial(t, s)
	for _, c := range []struct{ send, want string }{
		{"CONFIG SET maxmemory 100mb", "+OK"},
		{"CONFIG SET maxmemory x", "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value"},
		{"CONFIG SET appendonly maybe", "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - argument must be 'yes' or 'no'"},
		{"CONFIG SET databases 3", "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config"},
		{"CONFIG SET timeout -1", "-ERR CONFIG SET failed (possibly related to argument 'timeout') - argument must be between 0 and 2147483647 inclusive"},
		{"CONFIG SET save '3600 1' timeout x", "-ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an integer"},
	} {
		k.send(c.send + "\r\n")
		k.want(c.want)
	}
	for name, want := range map[string]string{
		"save": "", "appendonly": "yes", "databases": "16", "maxmemory": "104857600", "timeout": "0",
		"proto-max-bulk-len": "536870912", "requirepass": "", "maxclients": "10000",
	} {
		k.send("CONFIG GET " + name + "\r\n")
		k.want("*2", "$"+strconv.Itoa(len(name)), name, "$"+strconv.Itoa(len(want)), want)
	}
}
