package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/internal/fakerouter"
)

var rewrite = flag.Bool("rewrite", false, "write testdata anew")

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// dsctl runs the program against a router and gives what it wrote and its exit status.
func dsctl(addr string, args ...string) (stdout, stderr string, status int) {
	var out, notes bytes.Buffer
	status = run(context.Background(), append([]string{"--addr", addr}, args...), &out, &notes)
	return out.String(), notes.String(), status
}

// golden compares with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
	}
}

func scripted(t *testing.T) *fakerouter.Router {
	r := fakerouter.Start(t, "127.0.0.1:0")
	r.Answer("DS SERVERS", []any{
		server(0, "in-sync", 0, int64(3812), "6f1d8c3b5e2a4f70911c0a7be4d2953a"),
		server(1, "behind", 17, int64(3790), "0c9e4b7733d84a1f8be5a2f0c6d71e48"),
		server(2, "away", 1204, nil, nil),
	})
	r.Answer("DS WHY user:1", why(int64(0)))
	r.Answer("DS WHY late", why(int64(1)))
	r.Answer("DS CONVERGED", converged(1))
	return r
}

func server(number int64, state string, owed int64, keys, store any) fakerouter.Map {
	return fakerouter.Map{{"number", number}, {"state", state}, {"owed", owed}, {"keys", keys},
		{"store-id", store}, {"since", int64(1792000000000)}, {"slow", boolean(state == "behind")}}
}

func boolean(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func why(buffered int64) fakerouter.Map {
	return fakerouter.Map{{"home", int64(1)}, {"copies", []any{
		fakerouter.Map{{"server", int64(1)}, {"state", "in-sync"}, {"version", "1792000000000.3.1"}, {"kind", "live"},
			{"checksum", "9f86d081884c7d65"}, {"owed", int64(0)}},
		fakerouter.Map{{"server", int64(2)}, {"state", "away"}, {"version", nil}, {"kind", nil}, {"checksum", nil}, {"owed", int64(1)}},
	}}, {"buffered", buffered}}
}

func converged(yes int64) fakerouter.Map {
	return fakerouter.Map{{"converged", yes}, {"owed", 17 * (1 - yes)}, {"dirty", int64(0)}, {"buffered", int64(0)},
		{"proved-at", yes * 1792000000000}}
}

func TestRendering(t *testing.T) {
	r := scripted(t)
	r.Answer("DS KEYS", fakerouter.Map{{"keys", []any{"b", "a", "not\nprintable", ""}}, {"complete", int64(1)}})
	for name, args := range map[string][]string{
		"servers": {"servers"}, "why": {"why", "user:1"}, "why-buffered": {"why", "late"},
		"converged": {"converged"}, "keys": {"keys"},
	} {
		for suffix, flags := range map[string][]string{".txt": nil, ".json": {"--json"}} {
			out, notes, status := dsctl(r.Addr(), append(flags, args...)...)
			if status != exitOK || notes != "" {
				t.Errorf("%s: status %d, %s", name, status, notes)
			}
			golden(t, name+suffix, out)
		}
	}
}

func TestConvergedExitStatus(t *testing.T) {
	r := scripted(t)
	r.Answer("DS CONVERGED", converged(0))
	out, _, status := dsctl(r.Addr(), "converged")
	if status != exitNotConverged || !strings.Contains(out, "no") {
		t.Errorf("status %d: %s", status, out)
	}
	if _, _, status := dsctl(r.Addr(), "--timeout", "50ms", "converged", "--wait", "--every", "1ms"); status != exitNotConverged {
		t.Errorf("time was up: status %d", status)
	}
}

func TestConvergedWaits(t *testing.T) {
	r := scripted(t)
	asked := 0
	r.Answer("DS CONVERGED", func() any {
		if asked++; asked < 5 {
			return converged(0)
		}
		return converged(1)
	})
	out, notes, status := dsctl(r.Addr(), "converged", "--wait", "--every", "1ms")
	if status != exitOK || !strings.Contains(out, "yes") {
		t.Errorf("status %d: %s%s", status, out, notes)
	}
}

func TestKeysTellsThatSomeAreHidden(t *testing.T) {
	r := scripted(t)
	r.Answer("DS KEYS", fakerouter.Map{{"keys", []any{"a"}}, {"complete", int64(0)}})
	out, notes, status := dsctl(r.Addr(), "keys", "--db", "3")
	if status != exitOK || out != "a\n" || !strings.Contains(notes, "may be more") {
		t.Errorf("status %d: %q %q", status, out, notes)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	_ = l.Close()
	protected := fakerouter.StartProtected(t, "127.0.0.1:0", "secret")
	busy := scripted(t)
	busy.Answer("DS SERVERS", fakerouter.Error("BUSY a limit is reached"))
	for _, c := range []struct {
		addr, want string
		args       []string
	}{
		{nobody, "no router answers at " + nobody, []string{"--timeout", "50ms", "servers"}},
		{nobody, "no router answers at " + nobody, []string{"--timeout", "50ms", "converged", "--wait"}},
		{protected.Addr(), "--password", []string{"servers"}},
		{busy.Addr(), "BUSY a limit is reached", []string{"servers"}},
	} {
		out, notes, status := dsctl(c.addr, c.args...)
		if status != exitFailed || out != "" || !strings.Contains(notes, c.want) {
			t.Errorf("%v: status %d: %q %q", c.args, status, out, notes)
		}
	}
}

func TestPasswordAndEnvironment(t *testing.T) {
	r := fakerouter.StartProtected(t, "127.0.0.1:0", "secret")
	r.Answer("DS CONVERGED", converged(1))
	t.Setenv("DS_ADDR", r.Addr())
	t.Setenv("DS_PASSWORD", "secret")
	var out, notes bytes.Buffer
	if status := run(context.Background(), []string{"converged"}, &out, &notes); status != exitOK {
		t.Errorf("status %d: %s", status, notes.String())
	}
}

func TestHelpVersionAndUsage(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--help"}, exitOK, "Tell whether all copies are equal"},
		{[]string{"--version"}, exitOK, version},
		{[]string{"converged", "--wiat"}, 80, "unknown flag --wiat"},
		{nil, 80, "expected one of"},
	} {
		var out, notes bytes.Buffer
		status := run(context.Background(), c.args, &out, &notes)
		if text := out.String() + notes.String(); status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%v: status %d: %s", c.args, status, text)
		}
	}
}

// A note is a writer that tells when a text has passed.
type note struct {
	bytes.Buffer
	text   string
	passed chan struct{}
}

func (n *note) Write(p []byte) (int, error) {
	before := strings.Contains(n.String(), n.text)
	_, _ = n.Buffer.Write(p)
	if !before && strings.Contains(n.String(), n.text) {
		close(n.passed)
	}
	return len(p), nil
}

// dev runs a stack on a folder until f returns.
func dev(t *testing.T, dir string, f func(addr string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var out bytes.Buffer
	notes := &note{text: "in sync", passed: make(chan struct{})}
	status := make(chan int)
	go func() {
		status <- run(ctx, []string{"dev", "--json", "--data", dir, "--clients", "127.0.0.1:0"}, &out, notes)
	}()
	select {
	case <-notes.passed:
	case s := <-status:
		t.Fatalf("status %d: %s", s, notes)
	}
	var at addresses
	if err := json.Unmarshal(out.Bytes(), &at); err != nil {
		t.Fatal(err)
	}
	f(at.Clients)
	cancel()
	if s := <-status; s != exitOK {
		t.Errorf("status %d: %s", s, notes)
	}
}

func TestDev(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	dev(t, dir, func(addr string) {
		c := client.New(addr)
		defer c.TurnOff()
		if err := errors.Join(c.Start(ctx), c.Set(ctx, "k", []byte("v"))); err != nil {
			t.Fatal(err)
		}
		if out, notes, status := dsctl(addr, "converged", "--wait", "--timeout", "30s"); status != exitOK {
			t.Errorf("converged: status %d: %s%s", status, out, notes)
		}
		if out, notes, _ := dsctl(addr, "servers"); strings.Count(out, "in-sync") != 3 {
			t.Errorf("servers: %s%s", out, notes)
		}
		if out, notes, _ := dsctl(addr, "why", "k"); strings.Count(out, "live") != 2 {
			t.Errorf("why: %s%s", out, notes)
		}
	})
	dev(t, dir, func(addr string) {
		if out, notes, _ := dsctl(addr, "keys"); out != "k\n" {
			t.Errorf("the second time there is %q %s", out, notes)
		}
	})
}
