package router

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/journal"
)

// disk is a file system whose syncs fail while it is broken.
type disk struct {
	vfs.FS
	broken atomic.Bool
	only   string // what the names of the files end with that are concerned
}

func newDisk(only string) *disk {
	d := &disk{only: only}
	d.FS = errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
		switch op.Kind {
		case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
			if d.broken.Load() && strings.HasSuffix(op.Path, d.only) {
				return errors.New("the disk is gone")
			}
		}
		return nil
	}))
	return d
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s did not come about", what)
		}
	}
}

func do(t *testing.T, w *waiter, op coord.Op, key, value, want string) {
	t.Helper()
	reply, body := w.do(t, coord.Input{Op: op, Key: []byte(key), Value: []byte(value)})
	got := body
	switch reply.Code {
	case coord.ReplyOK:
		got = "OK"
	case coord.ReplyFault:
		got = reply.Fault.Prefix()
	}
	if got != want {
		t.Fatalf("operation %d on %q is answered %q (%+v), want %q", op, key, got, reply, want)
	}
}

// TestJournalFailsAndIsOpenedAgain: what needs no journal is served while its disk is broken, and afterwards
// everything that was acknowledged is there.
func TestJournalFailsAndIsOpenedAgain(t *testing.T) {
	d := newDisk("")
	cfg := testConfig(d)
	registry := prometheus.NewRegistry()
	cfg.Metrics = registry
	r := startReal(t, cfg)
	var servers []*fakeServer
	for n := range 3 {
		servers = append(servers, startServer(t, r, n))
	}
	awaitServers(t, r, coord.InSync)
	w := newWaiter(r)
	do(t, w, coord.OpSet, "k", "v", "OK")
	servers[1].stop()
	await(t, "server 1 away", func() bool { list, err := r.Servers(t.Context()); return err == nil && list[1].State == coord.Away })
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		do(t, w, coord.OpSet, key, "acknowledged", "OK")
	}
	d.broken.Store(true)
	await(t, "the failure, with the mend", func() bool { return r.broken() != nil })
	wantText(t, r.Healthy(), "the disk is gone", "BUSY", "opened again")
	do(t, w, coord.OpGet, "k", "", "v")
	reply, _ := w.do(t, coord.Input{Op: coord.OpSet, Key: []byte("k"), Value: []byte("refused")})
	if reply.Fault != fault.NoJournal {
		t.Errorf("a write is answered %+v", reply)
	}
	if c, err := r.Convergence(t.Context()); err != nil || c.Converged {
		t.Errorf("converged %+v, error %v", c, err)
	}
	if v := gauge(t, registry, "ds_journal_failed"); v != 1 {
		t.Errorf("ds_journal_failed is %v", v)
	}
	epoch := r.mu.core.(*coord.Core)
	d.broken.Store(false)
	await(t, "the mending, to the end", func() bool { // before it serves, the new core refuses servers, and these dial once
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.mu.broken == nil && r.mu.core.Serving()
	})
	if r.mu.core == core(epoch) {
		t.Fatal("the failed core goes on")
	}
	for n := range 3 {
		s := startServer(t, r, n)
		s.records = servers[n].records
	}
	awaitServers(t, r, coord.Behind) // these know no apply sequence: they count as rolled back
	do(t, w, coord.OpGet, "k", "", "v")
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		do(t, w, coord.OpGet, key, "", "acknowledged")
	}
	do(t, w, coord.OpSet, "k", "again", "OK")
	if v := gauge(t, registry, "ds_journal_failed"); v != 0 {
		t.Errorf("ds_journal_failed is %v", v)
	}
}

func wantText(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if err == nil || !strings.Contains(err.Error(), p) {
			t.Errorf("error %v does not say %q", err, p)
		}
	}
}

func gauge(t *testing.T, from prometheus.Gatherer, name string) float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no %s", name)
	return 0
}

// startWriting is a router with a scripted core that journals each request.
func startWriting(t *testing.T, d *disk) (*Router, *fakeCore) {
	c := newFakeCore()
	c.react = func(in *coord.Input, e *coord.Effects) {
		if in.Kind == coord.InRequest {
			c.write(e, "k", "v")
		}
	}
	return startFake(t, testConfig(d), c), c
}

// TestTheCoreIsReplaced: the failed core answers its last, links are closed, and the next one has what was synced.
func TestTheCoreIsReplaced(t *testing.T) {
	d := newDisk("")
	r, first := startWriting(t, d)
	conn := dial(t, r)
	write(t, conn, frame(1, "hello"))
	first.next(t, coord.InHello)
	first.handed = 7
	second := newFakeCore()
	r.newCore = func(cfg coord.Config) core { second.cfg = cfg; return second }
	d.broken.Store(true)
	r.Submit([]coord.Input{{Kind: coord.InRequest}})
	first.next(t, coord.InJournalFailed)
	d.broken.Store(false)
	second.next(t, coord.InJournalSynced)
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the link outlived the core")
	}
	if second.cfg.Epoch != first.cfg.Epoch+1 || second.restored["start"] != "1" || !first.retired {
		t.Errorf("epoch %d after %d, rows %v, retired %v", second.cfg.Epoch, first.cfg.Epoch, second.restored, first.retired)
	}
	if second.handed != 7 {
		t.Errorf("the next core inherits %d bytes of values that clients are being given, want 7", second.handed)
	}
	r.Submit([]coord.Input{{Kind: coord.InRequest}})
	second.next(t, coord.InRequest)
}

// TestADiskThatFailsAgainAndAgainEndsTheRouter: it looks well until the journal uses it.
func TestADiskThatFailsAgainAndAgainEndsTheRouter(t *testing.T) {
	d := newDisk(".log")
	r, _ := startWriting(t, d)
	d.broken.Store(true)
	r.Submit([]coord.Input{{Kind: coord.InRequest}})
	if err := r.Wait(context.Background()); !errors.Is(err, journal.ErrSpent) || r.Healthy() == nil || r.Ready() == nil {
		t.Errorf("error %v, healthy %v", err, r.Healthy())
	}
	r.TurnOff()
}

// TestOffWhileTheJournalIsBroken: an orderly end does not wait for a disk.
func TestOffWhileTheJournalIsBroken(t *testing.T) {
	d := newDisk("")
	r, _ := startWriting(t, d)
	d.broken.Store(true)
	r.Submit([]coord.Input{{Kind: coord.InRequest}})
	await(t, "the failure", func() bool { return r.Healthy() != nil })
	r.TurnOff()
	d.broken.Store(false)
	startWriting(t, d) // the volume was given back
}
