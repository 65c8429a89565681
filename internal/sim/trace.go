package sim

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// sawFrames traces what a server tells, and calls the hooks.
func (w *World) sawFrames(n ring.Server, frames [][]byte) {
	if !w.Quiet {
		w.traceFrames("%d → router", n, frames)
	}
	if w.OnApplied == nil && w.OnRecord == nil {
		return
	}
	for _, b := range frames {
		hook := w.OnApplied
		switch wire.Type(b[12]) {
		case wire.ApplyReply:
		case wire.ReadReply:
			hook = w.OnRecord
		default:
			continue
		}
		var f wire.Frame
		if wire.Decode(b, &f) == nil && hook != nil {
			hook(n, &f)
		}
	}
}

func (w *World) traceFrames(way string, n ring.Server, frames [][]byte) {
	for _, b := range frames {
		var f wire.Frame
		if err := wire.Decode(b, &f); err != nil {
			w.Printf(way+": %v", n, err)
			continue
		}
		if s := w.frame(&f); s != "" {
			w.Printf("  "+way+": %s", n, s)
		}
	}
}

var frameNames = map[wire.Type]string{
	wire.Hello: "hello", wire.Welcome: "welcome", wire.Refuse: "refuse", wire.Ready: "ready",
	wire.Apply: "apply", wire.ApplyReply: "applied", wire.Read: "read", wire.ReadReply: "record",
	wire.Flush: "flush", wire.FlushReply: "flushed", wire.Goodbye: "goodbye",
}

var outcomeNames = []string{"applied", "equal", "newer", "flushed", "floored", "failed"}

// frame shows a frame; heartbeats, probes, digests and listings, which come in crowds, show as nothing.
func (w *World) frame(f *wire.Frame) string {
	name := frameNames[f.Type]
	switch f.Type {
	case wire.Hello, wire.Welcome, wire.Ready:
		return fmt.Sprintf("%s epoch %d apply sequence %d", name, f.Session.Epoch, f.Session.ApplySequence)
	case wire.Refuse:
		return fmt.Sprintf("refuse: %s", f.Value)
	case wire.Apply:
		return fmt.Sprintf("apply %s %s %s%s", f.Key, w.Head(f.Head), short(f.Value), relaxed(f))
	case wire.ApplyReply:
		return fmt.Sprintf("%s, holds %s%s", outcomeNames[f.Code], w.Head(f.Head), relaxed(f))
	case wire.Read:
		return fmt.Sprintf("read %s %s", f.Key, []string{wire.ReadHead: "head", wire.ReadFull: "full", wire.ReadSmall: "full"}[f.Code])
	case wire.ReadReply:
		return fmt.Sprintf("record %s %s", w.Head(f.Head), short(f.Value))
	case wire.FlushReply:
		return name
	case wire.Flush:
		return fmt.Sprintf("flush db %d below %s", f.DB, w.version(f.Version))
	}
	return name
}

func relaxed(f *wire.Frame) string {
	if f.Relaxed {
		return ", relaxed"
	}
	return ""
}

// short shows a value, or how long it is.
func short(b []byte) string {
	if len(b) > 100 {
		return fmt.Sprintf("%.3q… of %d bytes", b, len(b))
	}
	return fmt.Sprintf("%q", b)
}

var eventNames = map[coord.EventKind]string{
	coord.EventServerReady: "ready", coord.EventServerAway: "away", coord.EventServerInSync: "in sync",
	coord.EventServerBehind: "behind", coord.EventServerRefused: "refused", coord.EventServerWiped: "wiped",
	coord.EventServerRolledBack: "rolled back", coord.EventOwed: "owed", coord.EventPaid: "paid by early correction",
	coord.EventLateCorrection: "corrected late", coord.EventDirty: "dirty", coord.EventClean: "clean",
	coord.EventRotten: "rotten record", coord.EventServerSlow: "slow", coord.EventServerKeepsUp: "keeps up again",
}

func (w *World) event(ev coord.Event) {
	switch ev.Kind {
	case coord.EventBuffered:
		w.Printf("* buffered")
	case coord.EventLost:
		w.Printf("* lost %s", w.version(ev.Version))
	case coord.EventUnfit:
		w.Printf("* unfit, by server %d: %s", ev.Server, coord.Unfit(ev.N))
	case coord.EventAdopted:
		w.Printf("* adopted, epoch %d", ev.N)
	case coord.EventNothingToAdopt:
		w.Printf("* nothing to adopt")
	case coord.EventFlush:
		w.Printf("* flush db %d", ev.DB)
	case coord.EventJournalFailed:
		w.Printf("* the journal failed")
	case coord.EventClockLeap:
		w.Printf("* the wall clock leapt %d ms ahead", ev.N)
	case coord.EventPause:
		w.Printf("* the router was paused for %d ms", ev.N)
	case coord.EventClean, coord.EventSweepDifference, coord.EventConverged, coord.EventDiverged:
	case coord.EventCollapsed:
		w.Printf("* %d entries collapsed", ev.N)
	case coord.EventCleanLost:
		w.Printf("* server %d: the only clean copy of %d partitions is gone", ev.Server, ev.N)
	case coord.EventDirty:
		w.Printf("* server %d: %d partitions dirty", ev.Server, ev.N)
	default:
		w.Printf("* server %d: %s", ev.Server, eventNames[ev.Kind])
	}
}
