package campaign

import (
	"fmt"
	"math/rand/v2"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim"
)

// Params is everything about a run but its steps.
type Params struct {
	Seed                 uint64
	Servers, Duplication int
	Clients, Databases   int
	Keys                 []Key
	ValueBytes           []int  // sizes from which values are drawn
	Engine               string // of the servers' volumes
	Journal              string // what the router's is
	Config               coord.Config
	Steps                int
	Weights              [categories]int // how often steps of each category come
	Volumes              bool            // the router's volume is lost or restored, or there are two routers
	Rotates              bool            // each start of the router has another durability
	AdoptStays           bool            // the router is told to adopt at every start
}

// class is what a key is used for, so that its history can be judged.
type class uint8

const (
	register class = iota // unique values
	counter               // integers
	fleeting              // with expiries
)

func (c class) String() string { return [...]string{"register", "counter", "fleeting"}[c] }

// Key is a key of a run.
type Key struct {
	DB    kv.DB
	Name  []byte
	Class class
}

func (k *Key) hash() kv.Hash { return kv.HashKey(k.DB, k.Name) }

func (k *Key) part() kv.Partition { return k.hash().Partition() }

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

// drawParams draws all parameters. Budgets are often so small that every rare path is reached.
func drawParams(seed uint64, rng *rand.Rand) *Params {
	servers := pick(rng, 1, 2, 2, 3, 3, 3, 4, 4, 5)
	p := &Params{
		Seed: seed, Servers: servers, Duplication: min(servers, pick(rng, 1, 2, 2, 2, 3, 3, 4, 5, 5)) - 1, Databases: pick(rng, 1, 2, 2, 3, 5),
		Clients: 1 + rng.IntN(5), Steps: 40 + rng.IntN(260),
	}
	p.ValueBytes = pick(rng, []int{0}, []int{0, 20, 200}, []int{0, 3000}, []int{0, 0, 0, 40_000})
	for i := range pick(rng, 1, 2, 3, 4, 5, 6, 10) {
		p.Keys = append(p.Keys, Key{DB: kv.DB(rng.IntN(p.Databases)), Name: fmt.Appendf(nil, "key%d", i), Class: class(rng.IntN(3))})
	}
	p.Config = drawConfig(rng)
	p.drawEngine()
	p.Config.Geometry = ring.New(servers, p.Duplication, sim.Databases)
	for i := range p.Weights {
		p.Weights[i] = categoryWeights[i] * pick(rng, 1, 2, 2, 2, 4) / 2
	}
	p.drawLarge()
	p.drawNeighbours()
	p.drawRouters()
	return p
}

// stream is numbers apart: whatever is drawn from them, the rest of a seed's run stays as it is.
func (p *Params) stream(number uint64) *rand.Rand { return rand.New(rand.NewPCG(p.Seed, number)) }

func drawConfig(rng *rand.Rand) coord.Config {
	cfg := sim.Config()
	cfg.DeadlineMillis = pick[int64](rng, 40, 100, 300, 500, 1500)
	cfg.HeartbeatMillis = pick[int64](rng, 40, 60, 200, 200, 500)
	cfg.AwayMillis = max(pick[int64](rng, 300, 1000, 2000, 6000), 2*cfg.HeartbeatMillis) // less is refused (internal/config)
	cfg.JournalBudget = pick[int64](rng, 1, 1, 500, 64<<20)
	cfg.TableBudget = pick[int64](rng, 1, 400, 900, 64<<20, 64<<20)
	cfg.BufferCap = pick[int64](rng, 900, 4000, 256<<20, 256<<20, 256<<20)
	cfg.LaneOperations = pick(rng, 4, 1<<16, 1<<16, 1<<16)
	cfg.LaneBytes = pick[int64](rng, 300, 64<<20, 64<<20, 64<<20)
	cfg.MaxOperations = pick(rng, 6, 1<<17, 1<<17, 1<<17)
	cfg.LargeBytes = pick[int64](rng, 1, 100_000, 128<<20)
	cfg.MaxValue = pick[int64](rng, 300, 4<<20, 4<<20)
	cfg.SweepMillis = pick[int64](rng, 0, 500, 2000, 9000)
	cfg.RepairWindow = pick(rng, 1, 8, 128, 4096)
	cfg.SlowMisses = pick(rng, 1, 1, 2, 3)
	cfg.SlowCleanMillis = pick[int64](rng, 60, 400, 1000, 5000)
	return cfg
}

// String shows every parameter.
func (p *Params) String() string {
	c := &p.Config
	s := fmt.Sprintf("seed %d: %d servers, %d copies, %d clients, %d databases, values of %v bytes, %d steps, weights %v, engine=%s journal=%s\n",
		p.Seed, p.Servers, p.Duplication+1, p.Clients, p.Databases, p.ValueBytes, p.Steps, p.Weights, p.Engine, p.Journal)
	s += fmt.Sprintf("deadline %d ms, heartbeat %d ms, away after %d ms, journal budget %d table %d buffer %d, lane %d operations %d bytes, "+
		"%d operations, largest value %d, room for %d bytes of large ones, sweep every %d ms, repair window %d, slow after %d misses until %d ms clean\n",
		c.DeadlineMillis, c.HeartbeatMillis, c.AwayMillis, c.JournalBudget, c.TableBudget, c.BufferCap, c.LaneOperations,
		c.LaneBytes, c.MaxOperations, c.MaxValue, c.LargeBytes, c.SweepMillis, c.RepairWindow, c.SlowMisses, c.SlowCleanMillis)
	s += fmt.Sprintf("durability %d, syncs every %d ms, another at each start: %v; the router's volume has faults: %v, it is always told to adopt: %v\n",
		c.Durability, c.SyncMillis, p.Rotates, p.Volumes, p.AdoptStays)
	for i := range p.Keys {
		k := &p.Keys[i]
		s += fmt.Sprintf("%s: %s in database %d, home %d; ", k.Name, k.Class, k.DB, c.Geometry.Home(k.part()))
	}
	return s
}
