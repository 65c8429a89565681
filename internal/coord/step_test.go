package coord

import (
	"fmt"
	"testing"
	"time"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// rig is a core with sessions to all its servers, whose answers the test makes by hand.
type rig struct {
	core *Core
	now  Now
	e    Effects
	seq  []uint32 // of frames of each server
	in   []Input
	buf  []byte
	held map[kv.Hash]kv.Head

	spent time.Duration // in Step
}

func newRig(tb testing.TB, durability wire.Durability) *rig {
	cfg := DefaultConfig()
	cfg.Durability = durability
	cfg.Geometry = ring.New(3, 1, 16)
	cfg.Cluster, cfg.Journal, cfg.Router, cfg.Epoch = kv.ID{1}, kv.ID{2}, 1, 1
	r := &rig{core: New(cfg), now: Now{Wall: 1_700_000_000_000}, seq: make([]uint32, 3), held: map[kv.Hash]kv.Head{}}
	r.core.Start(r.now, &r.e)
	r.step(Input{Kind: InJournalSynced, Seq: r.e.JournalSeq})
	for s := range 3 {
		r.join(s)
	}
	r.step(Input{Kind: InTick})
	for _, st := range r.core.serverList() {
		if st.State != InSync {
			tb.Fatalf("server %d is %s", st.Number, st.State)
		}
	}
	return r
}

func (r *rig) step(in ...Input) {
	r.e.Reset()
	began := time.Now()
	r.core.Step(r.now, in, &r.e)
	r.spent += time.Since(began)
}

// join makes the session of a server.
func (r *rig) join(s int) {
	hello := wire.Append(nil, &wire.Frame{Type: wire.Hello, Seq: 1, Session: wire.Session{
		Protocol: wire.ProtocolVersion, Lanes: 1, Number: ring.Server(s), Store: kv.ID{9, byte(s)},
	}})
	r.step(Input{Kind: InHello, Link: LinkID(s + 1), Bytes: hello})
	r.step(Input{Kind: InJournalSynced, Seq: r.e.JournalSeq})
	ready := wire.Append(nil, &wire.Frame{Type: wire.Ready, Seq: 2, Session: wire.Session{ApplySequence: 1}})
	r.step(Input{Kind: InFrame, Link: LinkID(s + 1), Bytes: ready})
	r.step(Input{Kind: InJournalSynced, Seq: r.e.JournalSeq})
}

// answer turns the requests that the step sent into the inputs that answer them.
func (r *rig) answer() []Input {
	r.in, r.buf = r.in[:0], r.buf[:0]
	for s := range r.e.Lanes {
		for rest := r.e.Lanes[s].Buf; len(rest) > 0; {
			n := int(le.Uint32(rest)) + 4
			r.reply(s, rest[:n])
			rest = rest[n:]
		}
	}
	return r.in
}

func (r *rig) reply(s int, frame []byte) {
	var f wire.Frame
	if err := wire.Decode(frame, &f); err != nil {
		panic(err)
	}
	out := wire.Frame{Type: f.Type + 1, Relaxed: f.Relaxed, Ticket: f.Ticket}
	switch f.Type {
	case wire.Apply:
		out.Head = f.Head
		r.held[kv.HashKey(f.DB, f.Key)] = f.Head
	case wire.Read:
		out.Code = wire.StatusNone
		if h, ok := r.held[kv.HashKey(f.DB, f.Key)]; ok {
			out.Code, out.Head = wire.StatusOK, h
			if f.Code != wire.ReadHead {
				out.Value = value[:h.Length]
			}
		}
	default:
		return
	}
	from := len(r.buf)
	r.buf = wire.Append(r.buf, &out)
	r.in = append(r.in, Input{Kind: InFrame, Link: LinkID(s + 1), Bytes: r.buf[from:]})
}

var value = make([]byte, 1024)

// run sends the requests of a batch, answers them and checks the replies.
func (r *rig) run(tb testing.TB, batch []Input, code ReplyCode) {
	r.step(batch...)
	r.step(r.answer()...)
	if len(r.e.Replies) != len(batch) {
		tb.Fatalf("%d replies for %d requests", len(r.e.Replies), len(batch))
	}
	for i := range r.e.Replies {
		if r.e.Replies[i].Code != code {
			tb.Fatalf("reply %+v", r.e.Replies[i])
		}
	}
}

func requests(op Op, n int) []Input {
	batch := make([]Input, n)
	for i := range batch {
		batch[i] = Input{Kind: InRequest, Op: op, Conn: 1, Tag: uint64(i), Key: fmt.Appendf(nil, "key:%012d", i)}
		if op == OpSet {
			batch[i].Value = value[:100]
		}
	}
	return batch
}

// TestStepAllocatesNothing holds the hot path to no allocation with all servers up.
func TestStepAllocatesNothing(t *testing.T) {
	for d := wire.DurabilityAlways; d.Known(); d++ {
		t.Run(d.String(), func(t *testing.T) { allocateNothing(t, d) })
	}
}

func allocateNothing(t *testing.T, durability wire.Durability) {
	r := newRig(t, durability)
	sets, gets := requests(OpSet, 64), requests(OpGet, 64)
	both := func() {
		r.run(t, sets, ReplyOK)
		r.run(t, gets, ReplyValue)
	}
	for range 4 { // let every buffer reach its size
		both()
	}
	if n := testing.AllocsPerRun(200, both); n > 0 {
		t.Errorf("64 SETs and 64 GETs allocate %v times", n)
	}
}

// go test ./internal/coord -run '^$' -bench Step -benchtime 2s
//
// A request is two frames out and two answers in; ns-in-Step leaves out the test's own answering.
func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name string
		op   Op
		code ReplyCode
	}{{"Set", OpSet, ReplyOK}, {"Get", OpGet, ReplyValue}} {
		b.Run(c.name+"/AllUp", func(b *testing.B) {
			r := newRig(b, wire.DurabilityAlways)
			r.run(b, requests(OpSet, 64), ReplyOK)
			batch := requests(c.op, 64)
			r.run(b, batch, c.code)
			b.ReportAllocs()
			r.spent = 0
			for n := 0; b.Loop(); n++ {
				r.run(b, batch, c.code)
			}
			b.ReportMetric(float64(r.spent.Nanoseconds())/float64(b.N)/64, "ns-in-Step/request")
		})
	}
}
