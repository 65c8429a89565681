package loopback

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/distributedstorage/ds/chaos/load"
)

var full = flag.Bool("full", false, "hostile clients at full size: 1 GiB of garbage, 10,000 connections, the wait until a stalled one is cut off")

// hostility is one kind of client. Its end cleans up.
type hostility struct {
	name string
	most int64 // MiB that it may cost the router at its peak
	do   func(s *story) (end func())
}

// What clients that never read may cost, however many, in MiB: the answers' budget of 32 and the large values' of 64 (half of it
// is for what they sent), and as much again that waits for the collector. Small values are copied on their way, up to
// four times at once: when hundreds come together, that is what they cost.
const (
	untaken      = 2 * (32 + 64)
	untakenSmall = 2*4*32 + 64
)

func sized(small, whole int) int {
	if *full {
		return whole
	}
	return small
}

// go test -count=1 -v -run TestHostileClients ./internal/loopback [-full]

// TestHostileClients measures what each kind costs the router and its neighbours.
func TestHostileClients(t *testing.T) {
	for _, h := range []hostility{
		{"garbage without a line end", 32, func(s *story) func() { return s.garbage([]byte("x"), "too big inline request") }},
		{"garbage", 32, func(s *story) func() { return s.garbage([]byte("*3\r\n$-7\r\n"), "invalid bulk length") }},
		{"512 MB declared", 32, func(s *story) func() { return s.declared(20, 512<<20) }},
		{"4 MB declared", 64, func(s *story) func() { return s.declared(500, 4<<20) }},
		{"connections", int64(sized(128, 512)), func(s *story) func() { return s.flood(sized(2000, 10000)) }},
		{"never reads large values", untaken, func(s *story) func() { return s.neverReads(sized(20, 200), 200, 1<<20) }},
		{"never reads small values", untakenSmall, func(s *story) func() { return s.neverReads(sized(20, 200), 4000, 8<<10) }},
	} {
		if raceEnabled {
			h.most *= 2 // the detector's own memory
		}
		t.Run(h.name, func(t *testing.T) {
			tell(t, func(s *story) { s.suffer(h) }, "--max-clients", strconv.Itoa(sized(1500, 9000)),
				"--answer-budget", "32MiB", "--large-budget", "64MiB")
		})
	}
}

// suffer prints the figures, and fails past the bounds.
func (s *story) suffer(h hostility) {
	s.Helper()
	before, calm := s.rss(), s.latency()
	watch, peak := make(chan struct{}), before
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				peak = max(peak, s.rss())
			case <-watch:
				return
			}
		}
	})
	end := h.do(s)
	during := s.latency()
	close(watch)
	watching.Wait()
	end()
	s.Logf("router RSS %d MiB before, %d at the peak, %d after; neighbours' latency p50 %v, p99 %v before, p50 %v, p99 %v meanwhile",
		before>>20, peak>>20, s.rss()>>20, calm[0], calm[1], during[0], during[1])
	if cost := (peak - before) >> 20; cost > h.most {
		s.Errorf("it cost the router %d MiB, more than %d", cost, h.most)
	}
	if during[0] > 20*calm[0]+50*time.Millisecond {
		s.Errorf("half of the neighbours' operations took %v, against %v before", during[0], calm[0])
	}
}

// rss is the memory of the router that is resident, in bytes.
func (s *story) rss() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.Router.Pid()))
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// latency is the median and the 99th percentile of a neighbour's operations.
func (s *story) latency() [2]time.Duration {
	s.Helper()
	var took []time.Duration
	for i := range 300 {
		began := time.Now()
		must(s.T, s.client.Set(s.ctx, fmt.Sprintf("neighbour-%d", i), "x", 0).Err())
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return [2]time.Duration{took[150].Round(time.Microsecond), took[297].Round(time.Microsecond)}
}

func (s *story) dial() *net.TCPConn {
	s.Helper()
	conn, err := net.Dial("tcp", s.Direct)
	must(s.T, err)
	must(s.T, conn.SetDeadline(time.Now().Add(2*patience)))
	return conn.(*net.TCPConn)
}

// garbage writes what it is given again and again, until it is cut off, which must be with a reason.
func (s *story) garbage(what []byte, reason string) func() {
	s.Helper()
	block := bytes.Repeat(what, (1<<20)/len(what))
	for range 8 {
		conn := s.dial()
		var said bytes.Buffer
		var reading sync.WaitGroup
		reading.Go(func() { _, _ = io.Copy(&said, conn) })
		cut := false
		for range sized(8, 128) {
			if _, err := conn.Write(block); err != nil {
				cut = true
				break
			}
		}
		if !cut {
			_ = conn.CloseWrite()
		}
		reading.Wait()
		conn.Close()
		if !strings.Contains(said.String(), reason) {
			s.Errorf("cut off with %q, not with %q", said.String(), reason)
		}
	}
	return func() {}
}

// declared announces large values and stops. At full size it waits to be cut off.
func (s *story) declared(n, size int) func() {
	s.Helper()
	var conns []*net.TCPConn
	for range n {
		conn := s.dial()
		_, err := fmt.Fprintf(conn, "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$%d\r\nbeginning", size)
		must(s.T, err)
		conns = append(conns, conn)
	}
	return func() {
		for _, conn := range conns {
			if *full {
				_, err := conn.Read(make([]byte, 1)) // the end, after a minute
				if err == nil {
					s.Error("a stalled command was answered")
				}
			}
			conn.Close()
		}
		if *full {
			s.says(s.Router, "left a command unfinished")
		}
	}
}

// flood opens more connections than are allowed: those past the limit are told so.
func (s *story) flood(n int) func() {
	s.Helper()
	var conns []*net.TCPConn
	for range n {
		conns = append(conns, s.dial())
	}
	told := make([]byte, 100)
	got, _ := conns[n-1].Read(told)
	if !strings.Contains(string(told[:got]), "max number of clients reached") {
		s.Errorf("the last one was told %q", told[:got])
	}
	return func() {
		for _, conn := range conns {
			conn.Close()
		}
	}
}

// neverReads asks for GiBs and takes nothing, until it is cut off. Who takes the same values gets them meanwhile.
func (s *story) neverReads(clients, values, size int) func() {
	s.Helper()
	db := load.Client(s.Clients(), flushed)
	defer db.Close()
	must(s.T, db.Set(s.ctx, "value", make([]byte, size), 0).Err())
	ask := fmt.Sprintf("SELECT %d\r\n%s", flushed, strings.Repeat("GET value\r\n", values))
	var conns []*net.TCPConn
	for range clients {
		conn := s.dial()
		_, err := io.WriteString(conn, ask)
		must(s.T, err)
		conns = append(conns, conn)
	}
	var took []time.Duration
	for range 100 {
		began := time.Now()
		got, err := s.read(db, "value")
		must(s.T, err)
		if len(got) != size {
			s.Fatalf("a neighbour got %d of %d bytes", len(got), size)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	s.Logf("a neighbour that takes %d of the values meanwhile: p50 %v, p99 %v", len(took), took[50].Round(time.Microsecond), took[98].Round(time.Microsecond))
	return func() {
		s.says(s.Router, "takes none of its answers while memory for others' is short")
		for _, conn := range conns {
			conn.Close()
		}
	}
}
