package ops

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type probe struct{ healthy, ready error }

func (p *probe) Healthy() error { return p.healthy }
func (p *probe) Ready() error   { return p.ready }

func start(t *testing.T, p Probe) *Server {
	t.Helper()
	reg := prometheus.NewRegistry()
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "ds_test_total"})
	reg.MustRegister(c)
	c.Inc()
	s := New("127.0.0.1:0", p, reg)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.TurnOff(context.Background()) })
	return s
}

func get(t *testing.T, s *Server, path string) (int, string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get("http://" + s.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func TestPages(t *testing.T) {
	s := start(t, &probe{ready: errors.New("server 2 was never seen")})
	for _, c := range []struct {
		path string
		code int
		text string
	}{
		{"/healthz", 200, "ok\n"},
		{"/readyz", 503, "server 2 was never seen\n"},
		{"/metrics", 200, "ds_test_total 1"},
		{"/debug/pprof/", 200, "goroutine"},
		{"/", 404, ""},
	} {
		code, body := get(t, s, c.path)
		if code != c.code || !strings.Contains(body, c.text) {
			t.Errorf("%s is %d %q, want %d with %q", c.path, code, body, c.code, c.text)
		}
	}
}

func TestCheck(t *testing.T) {
	p := &probe{}
	s := start(t, p)
	if err := Check(s.Addr()); err != nil {
		t.Error(err)
	}
	p.healthy = errors.New("the journal failed")
	if err := Check(s.Addr()); err == nil || !strings.Contains(err.Error(), "the journal failed") {
		t.Errorf("error %v", err)
	}
	s.TurnOff(context.Background())
	if Check(s.Addr()) == nil {
		t.Error("healthy though nothing listens")
	}
}

func TestLocal(t *testing.T) {
	for in, want := range map[string]string{
		":8400": "127.0.0.1:8400", "0.0.0.0:1": "127.0.0.1:1", "[::]:2": "127.0.0.1:2",
		"10.1.2.3:4": "10.1.2.3:4", "host:5": "host:5",
	} {
		if got := local(in); got != want {
			t.Errorf("local(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPortTaken(t *testing.T) {
	s := start(t, &probe{})
	other := New(s.Addr(), &probe{}, prometheus.NewRegistry())
	if err := other.Start(); err == nil || !strings.Contains(err.Error(), "--ops") {
		t.Errorf("error %v", err)
	}
	other.TurnOff(context.Background())
}
