package loopback

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	largeClients = 50
	largeBudget  = 192 << 20
	// largeMargin is what the router may hold beside the budget: buffers that double while they are filled, which is half of
	// the budget again at worst. One value more may pass alone.
	largeMargin = largeBudget / 2
	// journalTables are what the journal gathers rows in, journalCopies what sorting one of them into files takes: a busy
	// machine makes servers late, and what they owe is kept there.
	journalTables, journalCopies = 2 * 16 << 20, 7
)

// go test -count=1 -v -run TestManyLargeValues ./internal/loopback [-full]

// Many clients send a large value each at the same time, 16 MiB or at full size 64 MiB: what the router holds stays within the
// budget, neighbours are answered meanwhile, and every value is there in the end.
func TestManyLargeValues(t *testing.T) {
	size := sized(16<<20, 64<<20)
	if raceEnabled {
		size = 1 << 20 // the race detector makes it ten times as slow: it looks for races here, not for what fills the budget
	}
	value := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(value)
	ops := freePort(t)
	store, err := New(binaries, t.TempDir(), "--max-value=64MiB", "--ops="+ops, "--large-budget="+strconv.Itoa(largeBudget))
	must(t, err)
	defer store.Close()
	s := &story{T: t, Store: store, ctx: context.Background(), client: redis.NewClient(&redis.Options{
		Addr: store.Clients(), MaxRetries: -1, ReadTimeout: 2 * patience,
	})}
	defer s.client.Close()
	must(t, store.Start(s.ctx))
	s.inSync()

	before := s.heap(ops)
	heap := s.watchHeap(ops)
	began, done := time.Now(), make(chan struct{})
	go func() {
		defer close(done)
		s.eachLarge(func(i int, conn net.Conn, in *bufio.Reader) error { return sendLarge(conn, in, i, value) })
	}()
	small, slowest := s.neighbour(done)
	took := time.Since(began)
	s.inSync()
	s.eachLarge(func(i int, conn net.Conn, in *bufio.Reader) error { return readLarge(conn, in, i, value) })
	peak := heap()
	t.Logf("%d values of %d MiB in %v: the router's heap %d MiB before, %d MiB at its peak, the budget %d MiB; %d writes of a neighbour meanwhile, the slowest %v",
		largeClients, len(value)>>20, took.Round(time.Millisecond), before>>20, peak>>20, largeBudget>>20, small, slowest.Round(time.Millisecond))
	if peak-before > largeBudget+largeMargin+journalTables+(1+journalCopies)*int64(len(value)) {
		t.Errorf("it holds %d MiB beside what it held before", (peak-before)>>20)
	}
	if small < 30 && !raceEnabled {
		t.Errorf("a neighbour was answered %d times only", small)
	}
}

// neighbour writes small values until done.
func (s *story) neighbour(done <-chan struct{}) (writes int, slowest time.Duration) {
	s.Helper()
	for {
		select {
		case <-done:
			return writes, slowest
		default:
		}
		at := time.Now()
		must(s.T, s.client.Set(s.ctx, "neighbour", "x", 0).Err())
		slowest = max(slowest, time.Since(at))
		writes++
	}
}

// watchHeap looks at the router's heap again and again until it is asked for the peak.
func (s *story) watchHeap(ops string) (peak func() int64) {
	var most int64
	var watching sync.WaitGroup
	end := make(chan struct{})
	watching.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				most = max(most, s.heap(ops))
			case <-end:
				return
			}
		}
	})
	stop := sync.OnceFunc(func() { close(end); watching.Wait() })
	s.Cleanup(stop) // after a failure
	return func() int64 { stop(); return most }
}

// TestBufferOfLargeValues: with all servers away the buffer takes large values up to its cap. The one past it is BUSY, and
// nothing of it was done; the others are paid when the servers are back.
func TestBufferOfLargeValues(t *testing.T) {
	value := make([]byte, 64<<20)
	_, _ = rand.NewChaCha8([32]byte{2}).Read(value)
	store, err := New(binaries, t.TempDir(), "--max-value=64MiB", "--buffer-cap=200MiB")
	must(t, err)
	defer store.Close()
	s := &story{T: t, Store: store, ctx: context.Background(), client: redis.NewClient(&redis.Options{
		Addr: store.Clients(), MaxRetries: -1, ReadTimeout: 2 * patience,
	})}
	defer s.client.Close()
	must(t, store.Start(s.ctx))
	s.inSync()
	for i, p := range s.Servers {
		p.Kill()
		s.state(i, "away")
	}
	const fit = 3
	for i := range fit + 1 {
		err := s.client.Set(s.ctx, fmt.Sprint("large", i), value[i:], 0).Err()
		if i < fit && err != nil || i == fit && (err == nil || !strings.HasPrefix(err.Error(), "BUSY")) {
			t.Fatalf("value %d: %v", i, err)
		}
	}
	s.start(0, 1, 2)
	s.inSync()
	for i := range fit + 1 {
		got, err := s.client.Get(s.ctx, fmt.Sprint("large", i)).Bytes()
		if i < fit && (err != nil || !bytes.Equal(got, value[i:])) || i == fit && err != redis.Nil {
			t.Errorf("value %d: %d bytes, %v", i, len(got), err)
		}
	}
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// heap is the bytes in use of the router's heap after a collection.
func (s *story) heap(ops string) int64 {
	s.Helper()
	r, err := http.Get("http://" + ops + "/debug/pprof/heap?gc=1&debug=1")
	if err != nil {
		s.Error(err)
		return 0
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	m := regexp.MustCompile(`# HeapInuse = (\d+)`).FindSubmatch(text)
	if m == nil {
		s.Errorf("no heap in %.200q", text)
		return 0
	}
	n, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return n
}

// eachLarge does something on a connection for each client, all at the same time.
func (s *story) eachLarge(do func(i int, conn net.Conn, in *bufio.Reader) error) {
	var all sync.WaitGroup
	for i := range largeClients {
		all.Go(func() {
			conn, err := net.Dial("tcp", s.Direct)
			if err != nil {
				s.Error(err)
				return
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(2 * patience))
			if err := do(i, conn, bufio.NewReader(conn)); err != nil {
				s.Errorf("client %d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// largeParts is the value of a client: its number, then what is common to all.
func largeParts(i int, value []byte) (mark string, rest []byte) {
	mark = fmt.Sprintf("%08d", i)
	return mark, value[len(mark):]
}

func sendLarge(conn net.Conn, in *bufio.Reader, i int, value []byte) error {
	mark, rest := largeParts(i, value)
	key := "large" + mark
	parts := net.Buffers{fmt.Appendf(nil, "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s", len(key), key, len(value), mark), rest, []byte("\r\n")}
	if _, err := parts.WriteTo(conn); err != nil {
		return err
	}
	if answer, err := in.ReadString('\n'); err != nil || answer != "+OK\r\n" {
		return fmt.Errorf("answered %q, %v", answer, err)
	}
	return nil
}

func readLarge(conn net.Conn, in *bufio.Reader, i int, value []byte) error {
	mark, rest := largeParts(i, value)
	fmt.Fprintf(conn, "GET large%s\r\n", mark)
	head, err := in.ReadString('\n')
	if err != nil || head != fmt.Sprintf("$%d\r\n", len(value)) {
		return fmt.Errorf("answered %q, %v", head, err)
	}
	want, buf := []byte(mark), make([]byte, 64<<10)
	for at := 0; at < len(value); {
		n, err := in.Read(buf[:min(len(buf), len(value)-at)])
		if err != nil {
			return err
		}
		for j, b := range buf[:n] {
			if k := at + j; k < len(want) && b != want[k] || k >= len(want) && b != rest[k-len(want)] {
				return fmt.Errorf("byte %d is another", k)
			}
		}
		at += n
	}
	return nil
}
