package loopback

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/load"
)

// TestClientsVanishMidCommand cuts clients off at every byte of a command.
func TestClientsVanishMidCommand(t *testing.T) {
	tell(t, func(s *story) {
		command := []byte("*3\r\n$3\r\nSET\r\n$6\r\nvanish\r\n$1000\r\n" + string(bytes.Repeat([]byte("v"), 1000)) + "\r\nGET vanish\r\n")
		for n := 1; n < len(command); n += 3 {
			conn, err := net.Dial("tcp", s.Clients())
			must(s.T, err)
			_, err = conn.Write(command[:n])
			must(s.T, err)
			if n%2 == 0 {
				must(s.T, conn.(*net.TCPConn).SetLinger(0))
			}
			must(s.T, conn.Close())
		}
		s.progress()
	})
}

const deep = 10000

// TestDeepPipelines sends all commands before it reads the first answer, while a server dies.
func TestDeepPipelines(t *testing.T) {
	tell(t, func(s *story) {
		db := load.Client(s.Clients(), flushed)
		defer db.Close()
		pipe := db.Pipeline()
		for i := range deep {
			pipe.Set(s.ctx, fmt.Sprintf("deep-%d", i%1000), i, 0)
		}
		s.Servers[1].Kill()
		_, err := pipe.Exec(s.ctx)
		must(s.T, err)
		gets := make([]*redis.StringCmd, deep)
		for i := range gets {
			gets[i] = pipe.Get(s.ctx, fmt.Sprintf("deep-%d", i%1000))
		}
		_, _ = pipe.Exec(s.ctx) // each is looked at
		for i, get := range gets {
			want := fmt.Sprint(deep - 1000 + i%1000)
			if got, err := get.Result(); got != want && !redis.HasErrorPrefix(err, "NOSERVER") {
				s.Fatalf("command %d: deep-%d reads %q, %v, want %q", i, i%1000, got, err, want)
			}
		}
		s.start(1)
		s.inSync()
	})
}

// TestSlowReaders leaves answers of many MiB unread until all others have gone on, then takes them byte by byte at first.
func TestSlowReaders(t *testing.T) {
	tell(t, func(s *story) {
		db := load.Client(s.Clients(), flushed)
		defer db.Close()
		value := bytes.Repeat([]byte("r"), 10000)
		must(s.T, db.Set(s.ctx, "large", value, 0).Err())
		var slow []net.Conn
		for range 5 {
			conn, err := net.Dial("tcp", s.Clients())
			must(s.T, err)
			defer conn.Close()
			_, err = fmt.Fprintf(conn, "SELECT %d\r\n%s", flushed, bytes.Repeat([]byte("GET large\r\n"), 2000))
			must(s.T, err)
			slow = append(slow, conn)
		}
		s.progress()
		answer := fmt.Sprintf("$%d\r\n%s\r\n", len(value), value)
		for _, conn := range slow {
			must(s.T, conn.SetDeadline(time.Now().Add(patience)))
			for _, want := range "+OK\r\n" {
				var b [1]byte
				if _, err := conn.Read(b[:]); err != nil || rune(b[0]) != want {
					s.Fatalf("read %q, %v", b, err)
				}
			}
			s.takes(bufio.NewReader(conn), 2000, answer)
		}
	})
}

// takes reads so many answers: each is the value, or, where the machine held the servers up, NOSERVER.
func (s *story) takes(in *bufio.Reader, n int, answer string) {
	s.Helper()
	values := 0
	for i := range n {
		line, err := in.ReadString('\n')
		must(s.T, err)
		if strings.HasPrefix(line, "-NOSERVER ") {
			continue
		}
		got := make([]byte, len(answer)-len(line))
		if _, err := io.ReadFull(in, got); err != nil || line+string(got) != answer {
			s.Fatalf("answer %d: %.40q, %v", i, line+string(got), err)
		}
		values++
	}
	if values < n/2 {
		s.Errorf("only %d of %d reads were answered", values, n)
	}
}
