package difftest

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// raw are bytes that no client library sends; each goes to a new connection.
var raw = []string{
	"PING\r\n", "PING\n", "ping 'a b'\r\n", "\r\n\r\nPING\r\n", "   PING   x  \r\n", "ECHO \"\\x41\\n\\q\\\"\"\r\n", "ECHO 'it\\'s'\r\n",
	"ECHO a\"b c\"\r\n", "ECHO \"a\r\n", "ECHO 'a'b\r\n", "ECHO \"\"\r\n", "SET a\r\n", "*0\r\n*-1\r\nPING\r\n", "*1\r\n$4\r\nPING\r\n",
	"*x\r\n", "*\r\n", "*1\r\nPING\r\n", "*1\r\n:4\r\n", "*1\r\n$x\r\n", "*1\r\n$-1\r\n", "*1\r\n$-5\r\n", "*1\r\n$536870913\r\n",
	"*99999999999\r\n", "*2147483648\r\n", "*+1\r\n$4\r\nPING\r\n", "*01\r\n$4\r\nPING\r\n", "*1\r\n$04\r\nPING\r\n",
	"*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n", "*1\r\n$0\r\n\r\n", "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "$4\r\nPING\r\n", ":1\r\n", "+OK\r\n",
	"*1\n$4\nPING\n", "GET a\rb\r\n", "*1\r\n$4\r\nPING\r\nPING\r\n*1\r\n$4\r\nPING\r\n", "QUIT\r\nPING\r\n", "*2\r\n$3\r\nGET\r\n*",
	strings.Repeat("a", 70_000), "*" + strings.Repeat("1", 70_000), "*1\r\n$" + strings.Repeat("1", 70_000),
	"*1\r\n\r\n",
}

// RunRaw sends bytes outside and at the edge of the protocol to both and compares all that comes back, and whether
// the connection is closed.
func RunRaw(t *testing.T, addr string) {
	theirs := StartRedis(t)
	for _, in := range raw {
		got, want := exchange(t, addr, in), exchange(t, theirs, in)
		if got != want {
			t.Errorf("%.60q\nstore %.300q\nredis %.300q", in, got, want)
		}
	}
}

// mark is what a connection that lives on says last.
const mark = "the end of it"

// exchange gives all that is answered, up to the mark or the end of the connection.
func exchange(t *testing.T, addr, in string) string {
	t.Helper()
	p := dial(t, addr)
	defer p.conn.Close()
	_ = p.conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(p.conn, in)
	var out bytes.Buffer
	if strings.HasSuffix(in, "\n") {
		_, _ = io.WriteString(p.conn, "*2\r\n$4\r\nECHO\r\n$13\r\n"+mark+"\r\n")
	} else if c, ok := p.conn.(interface{ CloseWrite() error }); ok {
		_ = c.CloseWrite()
	}
	b := make([]byte, 4096)
	for !strings.Contains(out.String(), mark) {
		n, err := p.in.Read(b)
		out.Write(b[:n])
		if err != nil {
			if e, ok := err.(net.Error); ok && e.Timeout() {
				t.Fatalf("%.60q: no answer", in)
			}
			break // closed or reset: what was read before counts
		}
	}
	return out.String()
}

// RunCommandInfo compares what the store says of its commands with what Redis says of them. Containers of
// subcommands are left out: the store has fewer.
func RunCommandInfo(t *testing.T, addr string, except ...string) {
	a, b := dial(t, addr), dial(t, StartRedis(t))
	names, err := a.call("COMMAND", "LIST")
	if err != nil || len(names.list) == 0 {
		t.Fatalf("COMMAND LIST: %v %v", names, err)
	}
	skip := map[string]bool{}
	for _, e := range except {
		skip[e] = true
	}
	for _, n := range names.list {
		got, err1 := a.call("COMMAND", "INFO", n.text)
		want, err2 := b.call("COMMAND", "INFO", n.text)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if !skip[n.text] && got.String() != want.String() {
			t.Errorf("%s\nstore %s\nredis %s", n.text, got, want)
		}
	}
}
