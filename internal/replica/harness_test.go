package replica_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

var (
	geometry = ring.New(3, 1, 16)
	cluster  = kv.ID{1}
	journal  = kv.ID{2}
)

const number ring.Server = 1

// peer is the router of a test, over one session of a replica above the model.
type peer struct {
	t       testing.TB
	store   *model.Store
	replica *replica.Replica
	session *replica.Session
	out     replica.Answers
	durable replica.LSN
	ticket  uint64
	seen    uint32 // sequence number of the latest frame from the server
	bytes   []byte // of the frames to come
	batch   []int  // their lengths
}

func newPeer(t testing.TB, store *model.Store) *peer {
	p := &peer{t: t, store: store, replica: replica.New(replica.Config{Number: number}, store)}
	p.begin()
	return p
}

func (p *peer) begin() {
	p.session, p.seen = p.replica.Begin(), 0
	p.decode(p.session.Hello(nil))
}

func welcome() wire.Session {
	return wire.Session{Protocol: wire.ProtocolVersion, Geometry: geometry, Cluster: cluster,
		Journal: journal, JournalSequence: 7, Epoch: 4, ApplySequence: 100, Router: 1}
}

func (p *peer) welcome(w wire.Session) error {
	_, err := p.session.Welcome(wire.Append(nil, &wire.Frame{Type: wire.Welcome, Seq: 1, Session: w}), &p.out)
	return err
}

// admitted is a peer whose session stands.
func admitted(t testing.TB) *peer {
	p := newPeer(t, model.New())
	if err := p.welcome(welcome()); err != nil {
		t.Fatal(err)
	}
	p.sync()
	return p
}

// send queues a request.
func (p *peer) send(f wire.Frame) *peer {
	p.ticket++
	f.Ticket = p.ticket
	before := len(p.bytes)
	p.bytes = wire.Append(p.bytes, &f)
	p.batch = append(p.batch, len(p.bytes)-before)
	return p
}

func (p *peer) frames() (all [][]byte) {
	rest := p.bytes
	for _, n := range p.batch {
		all, rest = append(all, rest[:n]), rest[n:]
	}
	p.bytes, p.batch = nil, nil
	return all
}

// handle processes everything queued and gives what may leave at once.
func (p *peer) handle() string {
	p.t.Helper()
	frames := p.frames()
	if n, err := p.session.Handle(frames, p.durable, &p.out); n != len(frames) || err != nil {
		p.t.Fatalf("handled %d of %d: %v", n, len(frames), err)
	}
	return p.release()
}

// fails processes everything queued, which must end in an error.
func (p *peer) fails() error {
	p.t.Helper()
	frames := p.frames()
	_, err := p.session.Handle(frames, p.durable, &p.out)
	if err == nil {
		p.t.Fatal("no error")
	}
	return err
}

// sync makes everything durable and gives what leaves then.
func (p *peer) sync() string { return p.syncTo(p.store.LSN()) }

func (p *peer) syncTo(lsn replica.LSN) string {
	var err error
	if p.durable, err = p.store.SyncTo(lsn); err != nil {
		p.t.Fatal(err)
	}
	return p.release()
}

func (p *peer) release() string {
	p.session.Queue.Add(&p.out)
	var lines []string
	for _, f := range p.decode(p.session.Queue.Release(p.durable, nil)) {
		lines = append(lines, show(&f))
	}
	return strings.Join(lines, "\n")
}

// decode checks the sequence on the way, as a router does.
func (p *peer) decode(b []byte) (all []wire.Frame) {
	p.t.Helper()
	for len(b) > 0 {
		frame, err := wire.Split(b, p.seen+1)
		if err != nil || len(frame) == 0 {
			p.t.Fatalf("after frame %d: %v", p.seen, err)
		}
		p.seen++
		b = b[len(frame):]
		var f wire.Frame
		if err := wire.Decode(frame, &f); err != nil {
			p.t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// show is one line for one answer.
func show(f *wire.Frame) string {
	switch f.Type {
	case wire.Ready:
		return fmt.Sprintf("ready %d", f.Session.ApplySequence)
	case wire.ApplyReply:
		return fmt.Sprintf("%d apply outcome=%d v%d lsn=%d", f.Ticket, f.Code, f.Head.Version.Time, f.Sequence)
	case wire.ReadReply:
		return fmt.Sprintf("%d read status=%d v%d %q", f.Ticket, f.Code, f.Head.Version.Time, f.Value)
	case wire.HeartbeatReply:
		return fmt.Sprintf("%d heartbeat keys=%d lsn=%d", f.Ticket, f.Count, f.Sequence)
	case wire.FlushReply:
		return fmt.Sprintf("%d flush db%d v%d", f.Ticket, f.DB, f.Version.Time)
	case wire.ProbeReply:
		return fmt.Sprintf("%d probe lsn=%d", f.Ticket, f.Sequence)
	case wire.DigestReply:
		return fmt.Sprintf("%d digest %d", f.Ticket, len(f.Value)/wire.DigestSize)
	case wire.ListReply:
		line := fmt.Sprintf("%d list more=%v", f.Ticket, f.More)
		var e wire.Entry
		for rest := f.Value; len(rest) > 0; {
			rest, _ = wire.NextEntry(rest, &e)
			line += fmt.Sprintf(" %d/%s", e.DB, e.Key)
		}
		return line
	}
	return fmt.Sprintf("type %d", f.Type)
}

// keyOf is a key of the database that belongs on the server of the tests, or not.
func keyOf(db kv.DB, held bool, nth int) []byte {
	for i := 0; ; i++ {
		key := fmt.Appendf(nil, "key-%d", i)
		if (geometry.Copy(kv.HashKey(db, key).Partition(), number) >= 0) == held {
			if nth--; nth < 0 {
				return key
			}
		}
	}
}

var keyA, keyB = keyOf(0, true, 0), keyOf(0, true, 1)

func set(key []byte, version uint64, value string) wire.Frame {
	return wire.Frame{Type: wire.Apply, Key: key, Value: []byte(value), Head: kv.Head{
		Version: kv.Version{Time: version, Router: 1}, Kind: kv.Live, Length: uint32(len(value)),
		Checksum: kv.Checksum(kv.Live, 0, []byte(value)),
	}}
}

func get(key []byte) wire.Frame {
	return wire.Frame{Type: wire.Read, Code: wire.ReadFull, Key: key}
}

func head(key []byte) wire.Frame { return wire.Frame{Type: wire.Read, Code: wire.ReadHead, Key: key} }

func expect(t testing.TB, what, got, want string) {
	t.Helper()
	if want = strings.TrimSpace(strings.ReplaceAll(want, "\t", "")); got != want {
		t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}
