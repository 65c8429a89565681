package resp

import (
	"strconv"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
)

func hashPartition(key string) kv.Partition { return kv.HashKey(0, []byte(key)).Partition() }

func TestProtocolErrorsClose(t *testing.T) {
	long := strings.Repeat("x", 64<<10+1)
	for _, c := range []struct{ in, want string }{
		{"*x\r\n", "invalid multibulk length"},
		{"*1048577\r\n", "invalid multibulk length"},
		{"*" + long, "too big mbulk count string"},
		{"*1\r\nx\r\n", "expected '$', got 'x'"},
		{"*1\r\n$-1\r\n", "invalid bulk length"},
		{"*1\r\n$536870913\r\n", "invalid bulk length"},
		{"*1\r\n$" + long, "too big bulk count string"},
		{long, "too big inline request"},
		{"GET \"a\r\n", "unbalanced quotes in request"},
		{"GET 'a'b\r\n", "unbalanced quotes in request"},
	} {
		r := newRig(nil)
		r.feed([]byte("PING\r\n" + c.in))
		r.feed([]byte("PING\r\n"))
		expect(t, r.take(), "+PONG\r\n-ERR Protocol error: "+c.want+"\r\n")
		if !r.s.Closing() || !r.s.Full() {
			t.Errorf("%.20q: the session goes on", c.in)
		}
	}
}

func TestUnauthenticatedLimits(t *testing.T) {
	for in, want := range map[string]string{
		"*11\r\n":              "unauthenticated multibulk length",
		"*2\r\n$16385\r\n":     "unauthenticated bulk length",
		"*1\r\n$4\r\nPING\r\n": "",
	} {
		r := newRig(nil)
		r.host.password = "p"
		r.s = New(1, r.limits, r.host)
		r.feed([]byte(in))
		if want == "" {
			expect(t, r.take(), "-NOAUTH Authentication required.\r\n")
			continue
		}
		expect(t, r.take(), "-ERR Protocol error: "+want+"\r\n")
	}
}

func TestNothingToDo(t *testing.T) {
	r := newRig(nil)
	r.feed([]byte("\r\n\n  \r\n*0\r\n*-1\r\n*-10\r\nPING\r\n"))
	expect(t, r.take(), "+PONG\r\n")
}

func TestInlineWords(t *testing.T) {
	for in, want := range map[string]string{
		`ECHO a`:                "a",
		`ECHO "a b"`:            "a b",
		`ECHO "\x41\n\t\"\\\q"`: "A\n\t\"\\q",
		`ECHO "\b\a\r"`:         "\b\a\r",
		`ECHO 'it\'s "\n'`:      `it's "\n`,
		`ECHO ""`:               "",
		"\t ECHO   x  ":         "x",
		`ECHO a"b c"`:           "ab c",
		`echo "\x4"`:            "x4",
	} {
		r := newRig(nil)
		r.feed([]byte(in + "\r\n"))
		expect(t, r.take(), string(appendBulkString(nil, want)))
	}
}

// Past the limits of keys and values there is an error, the rest of the command is skipped unkept,
// and the connection lives on.
func TestOversizedArgumentsAreSkipped(t *testing.T) {
	r := newRig(func(l *Limits) { l.MaxKey, l.MaxValue, l.MaxCommand = 10, 1000, 3000 })
	big := strings.Repeat("x", 100_000)
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"SET", "k", big}, "ERR value of 100000 bytes is longer than the limit of 1000 bytes"},
		{[]string{"SET", big, "v"}, "ERR key of 100000 bytes is longer than the limit of 10 bytes"},
		{[]string{"SET", "elevenbytes", "v"}, "ERR key of 11 bytes is longer than the limit of 10 bytes"},
		{[]string{"MSET", "a", "1", "b", big, big, "c"}, "ERR value of 100000 bytes is longer than the limit of 1000 bytes"},
		{[]string{big}, "ERR value of 100000 bytes is longer than the limit of 1000 bytes"},
		{[]string{"MSET", "a", big[:900], "b", big[:900], "c", big[:900], "d", big[:900]}, "ERR the command is longer than the limit of 3000 bytes"},
	} {
		data := append(command3(c.words...), "PING\r\n"...)
		most := 0
		for len(data) > 0 {
			n := min(777, len(data))
			r.feed(data[:n])
			most = max(most, cap(r.s.held))
			data = data[n:]
		}
		expect(t, r.take(), "-"+c.want+"\r\n+PONG\r\n")
		if most > 8<<10 {
			t.Errorf("%v bytes were kept", most)
		}
	}
}

func TestLargeValueInPieces(t *testing.T) {
	r := newRig(nil)
	value := strings.Repeat("0123456789", 400_000)
	data := command3("SET", "k", value)
	for len(data) > 0 {
		n := min(64<<10, len(data))
		r.feed(data[:n])
		data = data[n:]
	}
	expect(t, r.take(), "+OK\r\n")
	expect(t, r.call("STRLEN", "k"), ":"+strconv.Itoa(len(value))+"\r\n")
	if r.call("GET", "k") != "$4000000\r\n"+value+"\r\n" {
		t.Error("the value came back different")
	}
	r.feed([]byte("PING\r\n"))
	if cap(r.s.held) > keepBuffer {
		t.Errorf("%d bytes are kept", cap(r.s.held))
	}
}
