package coord

import (
	"testing"

	"github.com/distributedstorage/ds/internal/ring"
)

// TestTheNextCoreInherits: a client is being given a large value when the journal fails; that it has it is told to
// the next core.
func TestTheNextCoreInherits(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Geometry = ring.Geometry{Servers: 2, Duplication: 1, Databases: 1}
	var e Effects
	first, next := New(cfg), New(cfg)
	first.Start(Now{}, &e)
	o := first.ops.alloc()
	o.rbuf = make([]byte, 1<<20)
	first.charge(o, 1<<20)
	first.handOver(o)
	waits := first.ops.alloc()
	waits.kind, waits.phase = OpGet, phaseFetch
	first.charge(waits, 1<<19)
	first.Step(Now{}, []Input{{Kind: InJournalFailed}}, &e)
	next.Inherit(first.Retire(Now{}, &e))
	next.Start(Now{}, &e)
	next.Step(Now{}, []Input{{Kind: InFreed, N: 1 << 20}}, &e)
	if next.room.used != 0 || next.room.handed != 0 {
		t.Errorf("%d bytes are in use, %d of them at clients, want none", next.room.used, next.room.handed)
	}
}

// TestAbandonedOperationsGiveTheirRoomBack: an adoption begins while large values are under way, and the core goes on.
func TestAbandonedOperationsGiveTheirRoomBack(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Geometry = ring.Geometry{Servers: 2, Duplication: 1, Databases: 1}
	cfg.LargeBytes = 1 << 20
	var e Effects
	c := New(cfg)
	c.Start(Now{}, &e)
	c.begin(Now{}, &e)
	for range 2 {
		o := c.ops.alloc()
		o.kind, o.part = OpGet, 3
		o.found.Length = 1 << 20
		c.strict.enter(o)
		if !c.waitRoom(o) {
			o.phase = phaseFetch
		}
	}
	c.abandon()
	if c.room.used != 0 || len(c.room.line) != 0 || c.strict.parts[3] != 0 || c.ops.live != 0 {
		t.Errorf("%d bytes are in use, %d wait, %d are strict, %d are live",
			c.room.used, len(c.room.line), c.strict.parts[3], c.ops.live)
	}
}
