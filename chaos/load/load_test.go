package load

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"reflect"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/history"
)

// answering is a server that says PONG and OK to HELLO, and answers anything else with the given reply, or cuts
// the connection where it is empty.
func answering(t *testing.T, pong, reply string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go converse(conn, pong, reply)
		}
	}()
	return l.Addr().String()
}

func converse(conn net.Conn, pong, reply string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		answer := reply
		if line == "PING\r\n" {
			answer = pong
		} else {
			var args, size int
			fmt.Sscanf(line, "*%d", &args)
			var words []string
			for range args {
				head, _ := in.ReadString('\n')
				fmt.Sscanf(head, "$%d", &size)
				word, _ := in.ReadString('\n')
				words = append(words, word)
			}
			if words[0] == "hello\r\n" {
				answer = "%1\r\n+proto\r\n:3\r\n"
			}
		}
		if answer == "" {
			return
		}
		fmt.Fprint(conn, answer)
	}
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		name, pong, reply string
		outcome           history.Outcome
		fault             string
	}{
		{"acknowledged", "+PONG\r\n", "+OK\r\n", history.OK, ""},
		{"nothing written", "+PONG\r\n", "-NOSERVER nobody\r\n", history.Failed, "NOSERVER"},
		{"not serving", "+PONG\r\n", "-NOTSERVING adopt\r\n", history.Failed, "NOTSERVING"},
		{"busy", "+PONG\r\n", "-BUSY full\r\n", history.Failed, "BUSY"},
		{"unknown", "+PONG\r\n", "-UNKNOWN perhaps\r\n", history.Unknown, "UNKNOWN"},
		{"another error", "+PONG\r\n", "-ERR odd\r\n", history.Unknown, "other: ERR odd"},
		{"cut after it was sent", "+PONG\r\n", "", history.Unknown, "cut off"},
		{"cut before it was sent", "", "", history.Failed, "no router"},
	} {
		client := Client(answering(t, c.pong, c.reply), 0)
		outcome, fault := classify(client.Set(context.Background(), "k", "v", 0).Err())
		client.Close()
		if outcome != c.outcome || fault != c.fault {
			t.Errorf("%s: %v %q, want %v %q", c.name, outcome, fault, c.outcome, c.fault)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	client := Client(l.Addr().String(), 0)
	defer client.Close()
	if outcome, fault := classify(client.Get(context.Background(), "k").Err()); outcome != history.Failed {
		t.Fatalf("%v %s", outcome, fault)
	}
}

func TestAnAbsentKeyIsAnAnswer(t *testing.T) {
	if outcome, _ := classify(redis.Nil); outcome != history.OK {
		t.Fatal(outcome)
	}
}

func TestNames(t *testing.T) {
	if db, key := Split(Name(3, "a/b")); db != 3 || key != "a/b" {
		t.Fatal(db, key)
	}
	ops := []history.Operation{{Key: "1/b"}, {Key: "0/x"}, {Key: "1/a"}, {Key: "1/b"}}
	if got := Touched(ops); !reflect.DeepEqual(got, map[int][]string{0: {"x"}, 1: {"a", "b"}}) {
		t.Fatal(got)
	}
}

func TestRunRecordsUniqueValues(t *testing.T) {
	recorder := history.NewRecorder()
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() {
		stopped <- Run(ctx, Options{
			Address: answering(t, "+PONG\r\n", "$-1\r\n"), Workers: 3, Rate: 2000, HotKeys: 4, Databases: 1, MaxValue: 64,
		}, recorder)
	}()
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for range 10_000 {
		if recorder.Writes() >= 50 {
			break
		}
		<-poll.C
	}
	cancel()
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{}
	for _, op := range recorder.Operations() {
		if op.Kind == history.Write && values[op.Value] {
			t.Fatalf("%s was written twice", op.Value)
		}
		values[op.Value] = true
	}
	if len(values) < 10 {
		t.Fatalf("%d values", len(values))
	}
}

func TestFill(t *testing.T) {
	recorder := history.NewRecorder()
	o := Options{Address: answering(t, "+PONG\r\n", "+OK\r\n"), Kept: 3, Databases: 1, MaxValue: 9, Prefix: "p-"}
	if err := Fill(o, recorder); err != nil {
		t.Fatal(err)
	}
	if got := Touched(recorder.Operations()); !reflect.DeepEqual(got, o.KeptKeys()) || len(got[0]) != 3 || got[0][0] != "p-kept-0" {
		t.Fatal(got)
	}
	o.Address = answering(t, "+PONG\r\n", "-NOSERVER nobody\r\n")
	if err := Fill(o, recorder); err == nil {
		t.Fatal("a store that takes nothing was filled")
	}
}
