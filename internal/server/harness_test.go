package server

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/link"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come; only a failing test gets there.
const patience = 30 * time.Second

// disk is a model store whose syncs a test can hold up, fail and count.
type disk struct {
	*model.Store
	mu    sync.Mutex
	gate  chan struct{} // nil = open; else a sync waits for a value
	syncs int
	err   error
	began chan struct{} // a value for each sync that waits at the gate
}

func newDisk() *disk { return &disk{Store: model.New(), began: make(chan struct{}, 100)} }

func (d *disk) Sync() (replica.LSN, error) {
	d.mu.Lock()
	gate, err := d.gate, d.err
	d.syncs++
	d.mu.Unlock()
	if err != nil {
		return 0, err
	}
	covered := d.LSN()
	if gate != nil {
		d.began <- struct{}{}
		<-gate
	}
	return d.SyncTo(covered)
}

func (d *disk) hold() chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gate = make(chan struct{})
	return d.gate
}

func (d *disk) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.gate)
	d.gate = nil
}

func (d *disk) fail(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = err
}

func (d *disk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.syncs
}

// router is the far side of a test.
type router struct {
	t      testing.TB
	listen net.Listener
}

func newRouter(t testing.TB) *router {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return &router{t: t, listen: l}
}

// start runs a server on the store until the test's end.
func (r *router) start(store replica.Store) *Server {
	s := New(Config{Router: r.listen.Addr().String(), Number: 1, RetryFirst: time.Millisecond, RetryMost: 2 * time.Millisecond})
	s.begin(context.Background(), store)
	r.t.Cleanup(s.TurnOff)
	return s
}

// peer is one accepted connection.
type peer struct {
	t       testing.TB
	conn    net.Conn
	in      *link.Reader
	pending [][]byte
	seq     uint32
	chunks  uint32
	hello   wire.Session
}

// accept takes the next connection and its hello.
func (r *router) accept() *peer {
	r.t.Helper()
	_ = r.listen.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	conn, err := r.listen.Accept()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	p := &peer{t: r.t, conn: conn, in: link.NewReader(conn)}
	p.in.SetSilence(patience)
	p.in.Admit()
	f := p.next()
	if f.Type != wire.Hello {
		r.t.Fatalf("the first frame has type %d", f.Type)
	}
	p.hello = f.Session
	return p
}

// session accepts a connection and welcomes it.
func (r *router) session() *peer { return r.relaxed(wire.DurabilityAlways, 0) }

// relaxed is session with a durability.
func (r *router) relaxed(d wire.Durability, syncMillis uint32) *peer {
	r.t.Helper()
	p := r.accept()
	w := welcome()
	w.Durability, w.SyncMillis = d, syncMillis
	p.send(wire.Frame{Type: wire.Welcome, Session: w})
	if f := p.next(); f.Type != wire.Ready {
		r.t.Fatalf("a frame of type %d instead of ready", f.Type)
	}
	return p
}

var geometry = ring.New(3, 1, 16)

func welcome() wire.Session {
	return wire.Session{Protocol: wire.ProtocolVersion, Geometry: geometry, Cluster: kv.ID{1}, Journal: kv.ID{2},
		Epoch: 4, ApplySequence: 10, SilenceMillis: uint32(patience.Milliseconds())}
}

func (p *peer) send(frames ...wire.Frame) {
	p.t.Helper()
	var b []byte
	for i := range frames {
		if value := frames[i].Value; len(value) > wire.LargeValue {
			frames[i].Value = nil
			c := wire.NewCutter(wire.AppendUnsealed(nil, &frames[i]), value)
			for c.Left() > 0 {
				p.chunks++
				b = c.AppendNext(b, p.chunks)
			}
			continue
		}
		p.seq++
		frames[i].Seq = p.seq
		b = wire.Append(b, &frames[i])
	}
	if _, err := p.conn.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

// read gives the next frame; its slices are its own.
func (p *peer) read() (f wire.Frame, err error) {
	if len(p.pending) == 0 {
		if p.pending, err = p.in.Next(); err != nil {
			return f, err
		}
	}
	frame := p.pending[0]
	p.pending = p.pending[1:]
	if err = wire.Decode(frame, &f); err != nil {
		p.t.Fatal(err)
	}
	f.Value = append([]byte(nil), f.Value...)
	return f, nil
}

func (p *peer) next() wire.Frame {
	p.t.Helper()
	f, err := p.read()
	if err != nil {
		p.t.Fatal(err)
	}
	return f
}

// answer is the next frame, which must have the type and ticket.
func (p *peer) answer(typ wire.Type, ticket uint64) wire.Frame {
	p.t.Helper()
	f := p.next()
	if f.Type != typ || f.Ticket != ticket {
		p.t.Fatalf("a frame of type %d with ticket %d, want %d with %d", f.Type, f.Ticket, typ, ticket)
	}
	return f
}

// closed waits for the end of the connection and gives the frames before it.
func (p *peer) closed() (before []wire.Frame) {
	p.t.Helper()
	for {
		f, err := p.read()
		if errors.Is(err, io.EOF) {
			return before
		}
		if err != nil {
			p.t.Fatalf("the connection ended with %v", err)
		}
		before = append(before, f)
	}
}

// await waits for a condition.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%s did not come about", what)
		}
	}
}

// held are keys of database 0 of which server 1 is a copy.
var held = func() (keys [][]byte) {
	for i := byte('a'); len(keys) < 4; i++ {
		if geometry.Copy(kv.HashKey(0, []byte{i}).Partition(), 1) >= 0 {
			keys = append(keys, []byte{i})
		}
	}
	return keys
}()

func set(ticket uint64, key []byte, value string) wire.Frame {
	return wire.Frame{Type: wire.Apply, Ticket: ticket, Key: key, Value: []byte(value), Head: kv.Head{
		Version: kv.Version{Time: ticket, Router: 1}, Kind: kv.Live, Length: uint32(len(value)),
		Checksum: kv.Checksum(kv.Live, 0, []byte(value)),
	}}
}

func relaxed(f wire.Frame) wire.Frame {
	f.Relaxed = true
	return f
}

func get(ticket uint64, key []byte) wire.Frame {
	return wire.Frame{Type: wire.Read, Code: wire.ReadFull, Ticket: ticket, Key: key}
}
