package router

import (
	"context"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/leftover"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// What a failed journal leaves behind stays at the fence; all else must end.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, leftover.FailedJournal()...) }

// fakeCore is a core that a test scripts. It serves once its first journal operation is synced.
type fakeCore struct {
	cfg      coord.Config
	restored map[string]string
	inputs   chan coord.Input // all but ticks, with their bytes copied
	react    func(in *coord.Input, e *coord.Effects)
	serving  bool
	retired  bool
	handed   int64
	seq      uint64
}

func newFakeCore() *fakeCore {
	return &fakeCore{restored: map[string]string{}, inputs: make(chan coord.Input, 1000)}
}

func (c *fakeCore) Restore(key, value []byte) error {
	c.restored[string(key)] = string(value)
	return nil
}

func (c *fakeCore) Start(_ coord.Now, e *coord.Effects) { c.write(e, "start", "1") }
func (c *fakeCore) Stop(_ coord.Now, e *coord.Effects)  { c.write(e, "stop", "1") }
func (c *fakeCore) Serving() bool                       { return c.serving }
func (c *fakeCore) Inherit(left coord.Legacy)           { c.handed = left.Handed }

func (c *fakeCore) Retire(coord.Now, *coord.Effects) coord.Legacy {
	c.retired = true
	return coord.Legacy{Handed: c.handed}
}

func (c *fakeCore) Standing() coord.Standing { return coord.Standing{} }

func (c *fakeCore) write(e *coord.Effects, key, value string) {
	from := uint32(len(e.JournalBytes))
	e.JournalBytes = append(e.JournalBytes, key+value...)
	mid, to := from+uint32(len(key)), uint32(len(e.JournalBytes))
	e.Journal = append(e.Journal, coord.JournalOp{Key: coord.Range{From: from, To: mid}, Value: coord.Range{From: mid, To: to}})
	c.seq++
	e.JournalSeq = c.seq
}

func (c *fakeCore) Step(_ coord.Now, in []coord.Input, e *coord.Effects) {
	for len(e.Lanes) < 3 {
		e.Lanes = append(e.Lanes, coord.Lane{})
	}
	for i := range in {
		if in[i].Kind == coord.InTick {
			continue
		}
		if in[i].Kind == coord.InJournalSynced {
			c.serving = true
		}
		if c.react != nil {
			c.react(&in[i], e)
		}
		if c.inputs != nil {
			seen := in[i]
			seen.Bytes = append([]byte(nil), seen.Bytes...)
			c.inputs <- seen
		}
	}
}

// next waits for the next input of a kind.
func (c *fakeCore) next(t *testing.T, kind coord.InputKind) coord.Input {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case in := <-c.inputs:
			if in.Kind == kind {
				return in
			}
		case <-deadline:
			t.Fatalf("no input of kind %d", kind)
		}
	}
}

// count takes the inputs there are and counts those of a kind.
func (c *fakeCore) count(kind coord.InputKind) (n int) {
	for {
		select {
		case in := <-c.inputs:
			if in.Kind == kind {
				n++
			}
		default:
			return n
		}
	}
}

func testConfig(fs vfs.FS) Config {
	core := coord.DefaultConfig()
	core.Geometry = ring.New(3, 1, 16)
	return Config{
		Servers: "127.0.0.1:0", Clients: "127.0.0.1:0", Data: "data", FS: fs, Core: core,
		MaxKey: 64 << 10, MaxClients: 100,
	}
}

// startFake starts a router around a scripted core.
func startFake(t *testing.T, cfg Config, c *fakeCore) *Router {
	t.Helper()
	r := New(cfg)
	r.newCore = func(cfg coord.Config) core { c.cfg = cfg; return c }
	if err := r.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.TurnOff)
	return r
}

// frame is any whole frame with a sequence number.
func frame(seq uint32, text string) []byte {
	return wire.Append(nil, &wire.Frame{Type: wire.Refuse, Seq: seq, Value: []byte(text)})
}
