package sim

import (
	"fmt"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim/disk"
	"github.com/distributedstorage/ds/internal/sim/rowdisk"
	"github.com/distributedstorage/ds/internal/wire"
)

// baseWall is the Unix milliseconds at which every world begins; traces show times relative to it.
const baseWall = 1_700_000_000_000

// World is a router, its journal, its servers and the network between them: one goroutine, virtual
// time. Whatever happens is written to the trace.
type World struct {
	Geometry ring.Geometry
	Config   coord.Config
	Router   *Router
	Paused   *Router // beside it: what it sends and hears waits; nil = none
	Servers  []*Server
	now      coord.Now
	nextLink coord.LinkID
	starts   byte // of routers: each has an id of its own for its journal, should it adopt
	lost     byte // volumes of routers
	trace    strings.Builder
	inputs   []coord.Input
	Quiet    bool // no trace
	// Transfers is what became of large values.
	Transfers Transfers
	// Hooks, each may be nil: an event of the core; a server's answer to a write, to a read; a change of a
	// row of the journal.
	OnEvent   func(coord.Event)
	OnApplied func(ring.Server, *wire.Frame)
	OnRecord  func(ring.Server, *wire.Frame)
	OnRow     func(key string, value []byte, deleted bool)
	// OnCompared is called when a core asks a server for the digests of all partitions.
	OnCompared func(*coord.Core, ring.Server)
	// OnBroken is called when the network's doing closes a link, OnDiskError when a disk's ends a server.
	OnBroken    func(error)
	OnDiskError func(ring.Server, error)
	// OnDiskLoss tells how many fourths of what a server has not synced survive an error of its disk; nil = 2.
	OnDiskLoss func(ring.Server) int
}

// Databases is the number of databases of every world.
const Databases = 16

// Config is that of a world's router, without a geometry.
func Config() coord.Config {
	cfg := coord.DefaultConfig()
	cfg.Cluster, cfg.Journal, cfg.Router = kv.ID{0xc1}, kv.ID{0x10}, 1
	cfg.SweepMillis = 0 // scenarios ask for comparisons
	return cfg
}

// New is a world with usual settings.
func New(servers, duplication int) *World {
	cfg := Config()
	cfg.Geometry = ring.New(servers, duplication, Databases)
	return NewWorld(cfg)
}

// NewWorld is a world whose router and servers have not started.
func NewWorld(cfg coord.Config) *World {
	w := &World{Geometry: cfg.Geometry, Config: cfg, now: coord.Now{Wall: baseWall, Mono: 1e9}}
	w.Router = &Router{w: w, volume: rowdisk.NewModel()}
	for n := range int(cfg.Geometry.Servers) {
		w.Servers = append(w.Servers, newServer(w, ring.Server(n)))
	}
	return w
}

// UseEngine gives every server, none of which has started, an empty volume of the durable engine.
func (w *World) UseEngine(reached *disk.Reached) {
	for _, s := range w.Servers {
		s.volume = disk.NewDurable(kv.ID{0x50, byte(s.number)}, reached)
	}
}

// UseJournal gives the router, which has not started, an empty volume with a real journal.
func (w *World) UseJournal(d *rowdisk.Durables) {
	d.Geometry = w.Geometry
	w.Router.volume = d.New()
}

// Trace gives what happened since the last call.
func (w *World) Trace() string {
	s := w.trace.String()
	w.trace.Reset()
	return s
}

// Printf adds a line to the trace.
func (w *World) Printf(format string, args ...any) {
	if !w.Quiet {
		fmt.Fprintf(&w.trace, format+"\n", args...)
	}
}

// Now is the time.
func (w *World) Now() coord.Now { return w.now }

// Pass lets time go by in ticks, and everything that is not held happen in between.
func (w *World) Pass(millis int64) {
	for ; millis > 0; millis -= coord.TickInterval {
		w.now.Wall += coord.TickInterval
		w.now.Mono += coord.TickInterval * 1e6
		if w.Router.core != nil {
			w.inputs = append(w.moved(w.inputs[:0]), coord.Input{Kind: coord.InTick})
			w.Router.Step(w.inputs...)
		}
		for _, s := range w.Servers {
			s.tick()
		}
		w.Settle()
	}
}

// Fork pauses the router and puts another in its place, on a copy of its volume.
func (w *World) Fork() {
	w.Paused, w.Router = w.Router, &Router{w: w, OnReply: w.Router.OnReply}
	w.Paused.Snapshot()(w.Router)
}

// Swap pauses the router and resumes the paused one.
func (w *World) Swap() { w.Router, w.Paused = w.Paused, w.Router }

// JumpWall moves the wall clock alone.
func (w *World) JumpWall(millis int64) { w.now.Wall += millis }

// Pause lets time go by of which neither router nor servers notice anything until it is over.
func (w *World) Pause(millis int64) {
	w.PauseRouter(millis)
	for _, s := range w.Servers {
		s.heard += millis
	}
}

// PauseRouter lets time go by of which the router notices nothing until it is over.
func (w *World) PauseRouter(millis int64) {
	w.now.Wall += millis
	w.now.Mono += millis * 1e6
}

// maxRounds bounds what may follow from one event: more is a loop.
const maxRounds = 10_000

// Settle delivers frames and syncs disks, round by round in a fixed order, until nothing
// moves but what is held.
func (w *World) Settle() {
	rounds := 0
	for moved := true; moved; rounds++ {
		if rounds > maxRounds {
			panic("sim: the world does not settle")
		}
		moved = w.Router.Sync()
		for _, s := range w.Servers {
			moved = s.Connect() || moved
			moved = s.leave() || moved
			moved = s.receive() || moved
			moved = s.Sync() || moved
			moved = s.deliver() || moved
		}
	}
}

// KeyAt is the first of name, name1, name2 … whose home in the database is the server.
func (w *World) KeyAt(name string, db kv.DB, home ring.Server) []byte {
	key := []byte(name)
	for i := 1; w.Geometry.Home(kv.HashKey(db, key).Partition()) != home; i++ {
		key = fmt.Appendf(nil, "%s%d", name, i)
	}
	return key
}

// version shows a version relative to the world's beginning.
func (w *World) version(v kv.Version) string {
	if v.IsZero() {
		return "-"
	}
	return fmt.Sprintf("%+d.%d", v.Millis()-baseWall, v.Time&0xffff)
}

// Head shows a record without its value.
func (w *World) Head(h kv.Head) string {
	if !h.Exists() {
		return "none"
	}
	s := fmt.Sprintf("%s@%s", h.Kind, w.version(h.Version))
	if h.Expiry != 0 {
		s += fmt.Sprintf(" until %+d", h.Expiry-baseWall)
	}
	return s
}
