package config

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// Router is the settings of the router program.
type Router struct {
	Servers, Clients, Ops string // addresses to listen on
	Data                  string
	Password              string // empty = none
	MaxKey                int    // bytes
	MaxClients            int
	RequestBytes          int64        // of requests, received and not answered
	AnswerBytes           int64        // of answers, asked for and not taken
	Core                  coord.Config // without identity
	Log                   Log
}

const routerAbout = "The router of a DistributedStorage: clients speak the Redis protocol to it, numbered servers dial in. " +
	"Each setting is a flag and an environment variable: --max-key is DS_MAX_KEY."

// ParseRouter reads the settings of the router from the command line and the environment. The error
// lists every fault. With Done and Healthcheck only Ops is meaningful.
func ParseRouter(args []string, version string, out io.Writer) (Router, Command, error) {
	var flags struct {
		commands
		routerFlags
	}
	var f faults
	command, err := program{"router", routerAbout, version, &flags}.parse(args, out, &f)
	if err != nil || command == Done {
		return Router{}, command, err
	}
	if command == Healthcheck {
		return Router{Ops: f.listen("ops", flags.Ops)}, command, f.result("router")
	}
	r := flags.routerFlags.read(&f)
	return r, command, f.result("router")
}

func (r *routerFlags) read(f *faults) Router {
	f.different(map[string]string{"servers": r.Servers, "clients": r.Clients, "ops": r.Ops})
	s := Router{
		Servers:    f.listen("servers", r.Servers),
		Clients:    f.listen("clients", r.Clients),
		Ops:        f.listen("ops", r.Ops),
		Data:       f.folder("data", r.Data),
		Password:   r.Requirepass,
		MaxKey:     int(f.size("max-key", r.MaxKey, 1, 1<<20)),
		MaxClients: f.number("max-clients", r.MaxClients, 1, 1_000_000),
		Core:       r.core(f),
		Log:        r.logFlags.read(f),
	}
	s.RequestBytes = r.large(f, &s.Core)
	s.AnswerBytes = r.answers(f)
	return s
}

func (r *routerFlags) core(f *faults) coord.Config {
	c := coord.DefaultConfig()
	c.Geometry = r.geometry(f)
	c.MaxValue = f.size("max-value", r.MaxValue, 1, 64<<20)
	r.durability(f, &c)
	r.times(f, &c)
	r.journal(f, &c)
	c.Adopt = r.Adopt
	c.GiveUp = f.servers("give-up", r.GiveUp, int(c.Geometry.Servers))
	c.SweepRepair = f.choice("sweep", r.Sweep, "repair", "compare", "off") == "repair"
	c.SweepMillis = f.duration("sweep-interval", r.SweepInterval, 100*time.Millisecond, 24*time.Hour).Milliseconds()
	if r.Sweep == "off" {
		c.SweepMillis = 0
	}
	return c
}

func (r *routerFlags) geometry(f *faults) ring.Geometry {
	before := f.count()
	g := ring.New(
		f.number("number-of-servers", r.NumberOfServers, 1, ring.MaxServers),
		f.number("duplication", r.Duplication, 0, ring.MaxCopies-1),
		f.number("databases", r.Databases, 1, ring.MaxDatabases))
	if f.count() > before {
		return g // their combination means nothing
	}
	if fault := errors.Join(g.Validate()...); fault != nil {
		f.add("duplication", "%v", fault)
	}
	return g
}

func (r *routerFlags) times(f *faults, c *coord.Config) {
	const least, most = 10 * time.Millisecond, time.Minute
	c.DeadlineMillis = f.duration("deadline", r.Deadline, least, most).Milliseconds()
	heartbeat := f.duration("heartbeat", r.Heartbeat, least, most)
	away := f.duration("away-after", r.AwayAfter, least, 10*time.Minute)
	if away < 2*heartbeat {
		f.add("away-after", "%s is below twice the heartbeat of %s: one late heartbeat would make a server away", away, heartbeat)
	}
	c.HeartbeatMillis, c.AwayMillis = heartbeat.Milliseconds(), away.Milliseconds()
	c.SlowMisses = f.number("slow-after", r.SlowAfter, 1, 1000)
	c.SlowCleanMillis = f.duration("slow-clean", r.SlowClean, 100*time.Millisecond, 10*time.Minute).Milliseconds()
}

func (r *routerFlags) journal(f *faults, c *coord.Config) {
	const least, most = 1 << 20, 64 << 30
	c.JournalBudget = f.size("journal-budget", r.JournalBudget, least, most)
	c.TableBudget = f.share("table-budget", r.TableBudget, 4, least, most)
	c.BufferCap = f.size("buffer-cap", r.BufferCap, least, most)
	if c.BufferCap < c.MaxValue {
		f.add("buffer-cap", "%s is below --max-value (%s): raise it, so that every write fits",
			formatSize(c.BufferCap), formatSize(c.MaxValue))
	}
}

func (r *routerFlags) durability(f *faults, c *coord.Config) {
	names := make([]string, 0, 3)
	for d := wire.DurabilityAlways; d.Known(); d++ {
		names = append(names, d.String())
	}
	c.Durability = wire.Durability(max(0, slices.Index(names, f.choice("durability", r.Durability, names...))))
	c.SyncMillis = f.duration("sync-interval", r.SyncInterval, 10*time.Millisecond, time.Hour).Milliseconds()
}
