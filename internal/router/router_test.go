package router

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/ring"
)

func TestStartRestoresAndStopsDurably(t *testing.T) {
	fs := vfs.NewMem()
	first := newFakeCore()
	r := startFake(t, testConfig(fs), first)
	id := first.cfg
	if id.Cluster.IsZero() || id.Journal.IsZero() || id.Router != 1 || id.Epoch != 1 {
		t.Errorf("core's identity is %+v", id)
	}
	if len(first.restored) != 0 {
		t.Errorf("an empty journal restored %v", first.restored)
	}
	r.TurnOff()

	second := newFakeCore()
	startFake(t, testConfig(fs), second)
	if second.cfg.Cluster != id.Cluster || second.cfg.Journal != id.Journal || second.cfg.Epoch != 2 {
		t.Errorf("core's identity is %+v, was %+v", second.cfg, id)
	}
	if second.restored["start"] != "1" || second.restored["stop"] != "1" {
		t.Errorf("restored %v: the last word is missing", second.restored)
	}
}

func TestWrongGeometryDoesNotStart(t *testing.T) {
	fs := vfs.NewMem()
	startFake(t, testConfig(fs), newFakeCore()).TurnOff()
	cfg := testConfig(fs)
	cfg.Core.Geometry = ring.New(4, 1, 16)
	r := New(cfg)
	if err := r.Start(context.Background()); err == nil || !strings.Contains(err.Error(), "4 servers") {
		t.Errorf("error %v", err)
	}
	r.TurnOff()
}

func TestPortTakenLeavesNothingRunning(t *testing.T) {
	r := startFake(t, testConfig(vfs.NewMem()), newFakeCore())
	cfg := testConfig(vfs.NewMem())
	cfg.Servers = r.ServersAddr()
	other := New(cfg)
	other.newCore = func(coord.Config) core { return newFakeCore() }
	if err := other.Start(context.Background()); err == nil || !strings.Contains(err.Error(), "--servers") {
		t.Errorf("error %v", err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	r := startFake(t, testConfig(vfs.NewMem()), newFakeCore())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := r.Wait(ctx); err != nil {
		t.Error(err)
	}
}

// recorder is a client's connection that notes what it is told.
type recorder struct {
	mu      sync.Mutex
	replies []string
	flushes int
}

func (c *recorder) Reply(r *coord.Reply, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replies = append(c.replies, string(body))
}

func (c *recorder) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flushes++
}

// echo answers a request with its value.
func echo(in *coord.Input, e *coord.Effects) {
	if in.Kind != coord.InRequest {
		return
	}
	from := uint32(len(e.Bytes))
	e.Bytes = append(e.Bytes, in.Value...)
	reply := coord.Reply{Code: coord.ReplyValue, Conn: in.Conn, Tag: in.Tag, Bytes: coord.Range{From: from, To: uint32(len(e.Bytes))}}
	if len(in.Value) == 0 && in.Op == coord.OpNone {
		reply.Code, reply.Fault = coord.ReplyFault, fault.Busy
		e.Events = append(e.Events, coord.Event{Kind: coord.EventOwed, Server: 1}, coord.Event{Kind: coord.EventServerAway})
	}
	e.Replies = append(e.Replies, reply)
}

func TestRepliesFindTheirConnection(t *testing.T) {
	c := newFakeCore()
	c.react = echo
	r := startFake(t, testConfig(vfs.NewMem()), c)
	var a, b, gone recorder
	idA, idB, idGone := r.Attach(&a), r.Attach(&b), r.Attach(&gone)
	if idA == idB || idB == idGone {
		t.Fatal("an id was used twice")
	}
	r.Detach(idGone)
	request := func(conn coord.ConnID, value string) coord.Input {
		return coord.Input{Kind: coord.InRequest, Conn: conn, Value: []byte(value)}
	}
	r.Submit([]coord.Input{request(idA, "1"), request(idB, "2"), request(idGone, "3"), request(idA, "4")})
	if got := strings.Join(a.replies, " "); got != "1 4" || a.flushes != 1 {
		t.Errorf("a: replies %q, %d flushes", got, a.flushes)
	}
	if got := strings.Join(b.replies, " "); got != "2" || b.flushes != 1 {
		t.Errorf("b: replies %q, %d flushes", got, b.flushes)
	}
	if len(gone.replies) != 0 {
		t.Errorf("a connection that went away got %q", gone.replies)
	}
}

func TestEventsAreCounted(t *testing.T) {
	c := newFakeCore()
	c.react = echo
	cfg := testConfig(vfs.NewMem())
	registry := prometheus.NewRegistry()
	cfg.Metrics = registry
	r := startFake(t, cfg, c)
	var conn recorder
	id := r.Attach(&conn)
	r.Submit([]coord.Input{{Kind: coord.InRequest, Conn: id}, {Kind: coord.InRequest, Conn: id}})
	got := counters(t, registry)
	for name, want := range map[string]float64{
		"ds_requests_total": 2, "ds_owed_total": 2, "ds_server_away_total": 2, "ds_buffered_total": 0,
		"ds_faults_total BUSY": 2, "ds_faults_total NOSERVER": 0,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v (there: %v), want %v", name, v, ok, want)
		}
	}
}

// counters gives the value of each counter, by name and label.
func counters(t *testing.T, from prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			values[name] = m.GetCounter().GetValue()
		}
	}
	return values
}

func TestEveryEventHasAForm(t *testing.T) {
	for kind := coord.EventServerReady; kind <= coord.EventPause; kind++ {
		if eventForms[kind].metric == "" || eventForms[kind].message == "" {
			t.Errorf("event kind %d has no form", kind)
		}
	}
}
