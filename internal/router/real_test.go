package router

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/link"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// fakeServer keeps records in a map and speaks just enough to be one.
type fakeServer struct {
	conn    net.Conn
	number  ring.Server
	records map[string]fakeRecord
	seq     uint32
	ended   chan struct{}
}

type fakeRecord struct {
	head  kv.Head
	value []byte
}

func startServer(t *testing.T, r *Router, number int) *fakeServer {
	t.Helper()
	conn, err := net.Dial("tcp", r.ServersAddr())
	if err != nil {
		t.Fatal(err)
	}
	s := &fakeServer{conn: conn, number: ring.Server(number), records: map[string]fakeRecord{}, ended: make(chan struct{})}
	hello := wire.Frame{Type: wire.Hello}
	hello.Session = wire.Session{Protocol: wire.ProtocolVersion, Lanes: 1, Number: s.number, Store: kv.ID{1, byte(number)}}
	s.send(&hello)
	go s.run()
	t.Cleanup(s.stop)
	return s
}

func (s *fakeServer) stop() {
	s.conn.Close()
	<-s.ended
}

func (s *fakeServer) send(f *wire.Frame) {
	s.seq++
	f.Seq = s.seq
	s.conn.Write(wire.Append(nil, f)) // an error shows at the next read
}

func (s *fakeServer) run() {
	defer close(s.ended)
	in := link.NewReader(s.conn)
	in.Admit()
	for {
		frames, err := in.Next()
		if err != nil {
			return
		}
		for _, b := range frames {
			var f wire.Frame
			if wire.Decode(b, &f) != nil {
				return
			}
			s.answer(&f)
		}
	}
}

func (s *fakeServer) answer(f *wire.Frame) {
	a := wire.Frame{Ticket: f.Ticket, DB: f.DB, Version: f.Version, Partition: f.Partition}
	switch f.Type {
	case wire.Welcome:
		a.Type, a.Session = wire.Ready, f.Session
	case wire.Heartbeat:
		a.Type = wire.HeartbeatReply
	case wire.Apply:
		s.records[string(f.Key)] = fakeRecord{f.Head, append([]byte(nil), f.Value...)}
		a.Type, a.Code, a.Head, a.Sequence = wire.ApplyReply, wire.Applied, f.Head, 1
	case wire.Read:
		rec, ok := s.records[string(f.Key)]
		a.Type, a.Code, a.Head = wire.ReadReply, wire.StatusNone, rec.head
		if ok {
			a.Code = wire.StatusOK
		}
		if f.Code == wire.ReadFull {
			a.Value = rec.value
		}
	case wire.List:
		a.Type, a.Code = wire.ListReply, wire.StatusNone
	case wire.Flush, wire.Probe:
		a.Type = f.Type + 1
	default:
		return
	}
	s.send(&a)
}

// waiter is a client's connection that waits for one answer at a time.
type waiter struct {
	r       *Router
	id      coord.ConnID
	mu      sync.Mutex
	got     bool
	reply   coord.Reply
	body    []byte
	flushed chan struct{}
}

func newWaiter(r *Router) *waiter {
	w := &waiter{r: r, flushed: make(chan struct{}, 1)}
	w.id = r.Attach(w)
	return w
}

func (w *waiter) Reply(r *coord.Reply, body []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got, w.reply, w.body = true, *r, append(w.body[:0], body...)
}

func (w *waiter) Flush() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.got {
		w.got = false
		w.flushed <- struct{}{}
	}
}

func (w *waiter) do(t testing.TB, in coord.Input) (coord.Reply, string) {
	t.Helper()
	in.Kind, in.Conn, in.Hash = coord.InRequest, w.id, kv.HashKey(in.DB, in.Key)
	in.Partition = in.Hash.Partition()
	w.r.Submit([]coord.Input{in})
	select {
	case <-w.flushed:
		return w.reply, string(w.body)
	case <-time.After(10 * time.Second):
		t.Fatal("no answer")
		panic("unreachable")
	}
}

func startReal(t *testing.T, cfg Config) *Router {
	t.Helper()
	r := New(cfg)
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.TurnOff)
	return r
}

// awaitServers waits until every server is in sync.
func awaitServers(t *testing.T, r *Router, want coord.State) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		list, err := r.Servers(ctx)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for i := range list {
			if list[i].State == want {
				n++
			}
		}
		if n == len(list) {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("servers are %+v", list)
		}
	}
}

func TestRealCoreWritesAndReads(t *testing.T) {
	fs := vfs.NewMem()
	r := startReal(t, testConfig(fs))
	if r.Ready() == nil {
		t.Error("ready before any server was there")
	}
	var servers []*fakeServer
	for n := range 3 {
		servers = append(servers, startServer(t, r, n))
	}
	awaitServers(t, r, coord.InSync)
	if err := r.Ready(); err != nil {
		t.Error(err)
	}
	w := newWaiter(r)
	if reply, _ := w.do(t, coord.Input{Op: coord.OpSet, Key: []byte("k"), Value: []byte("v")}); reply.Code != coord.ReplyOK {
		t.Fatalf("set: %+v", reply)
	}
	if reply, body := w.do(t, coord.Input{Op: coord.OpGet, Key: []byte("k")}); reply.Code != coord.ReplyValue || body != "v" {
		t.Fatalf("get: %+v %q", reply, body)
	}

	for _, s := range servers {
		s.stop()
	}
	awaitServers(t, r, coord.Away)
	if err := r.Ready(); err != nil {
		t.Errorf("not ready though it is known that all are away: %v", err)
	}
	if reply, _ := w.do(t, coord.Input{Op: coord.OpSet, Key: []byte("b"), Value: []byte("buffered")}); reply.Code != coord.ReplyOK {
		t.Fatalf("set while all are away: %+v", reply)
	}
	r.TurnOff()

	r = startReal(t, testConfig(fs))
	w = newWaiter(r)
	if reply, body := w.do(t, coord.Input{Op: coord.OpGet, Key: []byte("b")}); reply.Code != coord.ReplyValue || body != "buffered" {
		t.Fatalf("get from the journal after a restart: %+v %q", reply, body)
	}
}
