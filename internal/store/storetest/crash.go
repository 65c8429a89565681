package storetest

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/distributedstorage/ds/internal/replica"
)

// CrashVolume is a volume whose power can be cut.
type CrashVolume interface {
	Volume
	// Crash is what the disk holds at this moment, as a volume of its own: what was not synced is
	// lost, or, with unsynced, whatever was written is there. The store that is open goes on undisturbed.
	Crash(t testing.TB, unsynced bool) CrashVolume
}

// RunCrashes cuts the power after each operation of seeded workloads. The store that is opened then must
// hold what one of the batches left, whole, and no older one than was synced; and a process that wrote through and
// was killed must have lost nothing.
func RunCrashes(t *testing.T, fresh func(t testing.TB) CrashVolume) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			c := &crasher{T: t, volume: fresh(t), workload: newWorkload(seed), through: seed%2 == 1}
			c.open()
			for i := range 120 {
				c.step(i)
			}
			if err := c.store.Close(); err != nil {
				t.Fatal(err)
			}
			if c.lossy == 0 {
				t.Fatal("no crash ever lost a batch: nothing was proved")
			}
		})
	}
}

// crasher is a workload under way, and what may be found after a crash.
type crasher struct {
	*testing.T
	*workload
	volume  CrashVolume
	store   replica.Store
	history map[replica.LSN]State // what each batch left
	synced  replica.LSN
	through bool // the store writes through
	lossy   int  // crashes that lost something
}

func (c *crasher) open() {
	c.store = c.volume.Open(c.T)
	c.history = map[replica.LSN]State{}
	c.synced = c.store.LSN() // what is shown after a start is durable
	if err := c.store.WriteThrough(c.through); err != nil {
		c.Fatal(err)
	}
	c.remember()
}

func (c *crasher) remember() State {
	c.Helper()
	state := Check(c.T, c.store)
	c.history[state.LSN] = state
	return state
}

func (c *crasher) step(i int) {
	c.Helper()
	next := c.workload.step()
	next.do(c.T, c.store)
	if next.name == "sync" {
		c.synced = c.store.LSN()
	}
	now := c.remember()
	lost := c.volume.Crash(c.T, false)
	c.recovered(fmt.Sprintf("step %d, %s, power cut", i, next.name), lost, now)
	// Not synced may also mean not yet written: a process that is killed loses that as well.
	kept := c.volume.Crash(c.T, true)
	lsn := c.recovered(fmt.Sprintf("step %d, %s, killed", i, next.name), kept, now)
	if c.through && lsn != now.LSN {
		c.Fatalf("step %d, %s: killed, LSN %d of %d is left of what was written through", i, next.name, lsn, now.LSN)
	}
	if c.IntN(30) == 0 { // life goes on after a crash
		if err := c.store.Close(); err != nil {
			c.Fatal(err)
		}
		c.volume = lost
		c.open()
	}
}

// recovered opens what a crash left and compares it with history.
func (c *crasher) recovered(what string, v CrashVolume, now State) replica.LSN {
	c.Helper()
	s := v.Open(c.T)
	state := Check(c.T, s)
	if err := s.Close(); err != nil {
		c.Fatalf("%s: %v", what, err)
	}
	if state.LSN < c.synced || state.LSN > now.LSN {
		c.Fatalf("%s: LSN %d after the crash, synced %d, latest %d", what, state.LSN, c.synced, now.LSN)
	}
	if state.LSN < now.LSN {
		c.lossy++
	}
	want, ok := c.history[state.LSN]
	if !ok {
		c.Fatalf("%s: LSN %d after the crash was never that of a batch", what, state.LSN)
	}
	want.Identity = now.Identity // durable at once
	if !reflect.DeepEqual(state, want) {
		c.Fatalf("%s: what is held is not what batch %d left: %d records, want %d", what, state.LSN, len(state.Records), len(want.Records))
	}
	return state.LSN
}
