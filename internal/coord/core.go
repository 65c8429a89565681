package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/coord/throttle"
	"github.com/distributedstorage/ds/internal/hlc"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// Core is the router's brain. See doc.go for the contract with its driver.
type Core struct {
	cfg Config
	e   *Effects // of the step under way

	clock   hlc.Clock
	time    timekeeper
	serving bool
	failed  bool // the journal takes nothing any more: see failed.go
	tight   bool // the journal's disk is full
	unfit   Unfit
	found   Unfit // what an earlier life found of the volume

	ops     slab
	gates   gates
	stamped stampList // in-flight writes in the order of their versions

	journal ledger
	table   table.Table
	ended   [kv.Partitions]uint64 // journal sequence of the partition's latest entry that ended or was replaced
	flushes []flush               // by database
	suspect suspects
	began   uint64 // time up to which versions are of earlier lives
	strict  strictness
	open    unsettled

	restored meta // the journal's, as it was found at start
	adopted  adopted
	adoption adoption
	lives    lives

	servers   []server
	links     map[LinkID]int // server of a link that said hello
	owedTotal uint64         // (entry, copy) pairs
	tally     tally
	doubt     doubt
	beats     uint64 // heartbeats sent
	answered  answered
	ahead     ahead
	pass      pass
	buffered  uint64 // entries that no server has confirmed
	shrunk    uint64 // entries whose value the journal has let go of
	spare     int64  // bytes of values that the journal keeps although a copy holds them too

	room   room
	sweep  sweep
	jobs   jobs
	effort effort
	conv   convergence

	speaker                *server // whose answer is being taken
	frameIn, frameOut      wire.Frame
	keyBuf, rowBuf, numBuf []byte
}

// New is a core that knows only its configuration: Restore rows next, then Start.
func New(cfg Config) *Core {
	c := &Core{
		cfg:     cfg,
		tight:   cfg.JournalTight,
		flushes: make([]flush, cfg.Geometry.Databases),
		servers: make([]server, cfg.Geometry.Servers),
		links:   map[LinkID]int{},
	}
	for i := range c.servers {
		c.servers[i].init(i, &c.cfg)
	}
	c.gates.init()
	c.effort = effort{throttle: throttle.New(max(1, cfg.RepairWindow)), part: max(1, cfg.RepairWindow)}
	c.room.limit = cfg.LargeBytes
	return c
}

// Serving tells that requests and servers may be let in. It stays so if the journal fails later.
func (c *Core) Serving() bool { return c.serving }

// Step takes inputs and appends what follows to the effects.
func (c *Core) Step(now Now, in []Input, e *Effects) {
	c.begin(now, e)
	for i := range in {
		c.input(&in[i])
	}
	c.end()
}

func (c *Core) begin(now Now, e *Effects) {
	c.e = e
	for len(e.Lanes) < len(c.servers) {
		e.Lanes = append(e.Lanes, Lane{})
	}
	leapt := c.time.leapt
	gap := c.time.advance(now)
	if c.time.leapt && !leapt {
		c.event(Event{Kind: EventClockLeap, N: now.Wall - c.time.expiry})
	}
	if gap > 0 {
		c.event(Event{Kind: EventPause, N: gap})
		c.doubtAfter(gap)
	}
}

func (c *Core) end() {
	for i := range c.servers {
		if c.servers[i].pay.wanted {
			c.pump(&c.servers[i])
		}
	}
	if c.jobs.wanted && !c.failed {
		c.runJobs()
	}
	if c.table.Bytes() > c.tableBudget() {
		c.makeRoom()
	}
	if c.journal.emitted {
		c.e.JournalSeq, c.journal.emitted = c.journal.seq, false
	}
	c.e = nil
}

func (c *Core) input(in *Input) {
	switch in.Kind {
	case InRequest:
		c.request(in)
	case InFrame:
		c.frame(in)
	case InTick:
		c.tick()
	case InHello:
		c.hello(in)
	case InLinkDown:
		c.linkDown(in.Link)
	case InJournalSynced:
		c.journalSynced(in.Seq)
	case InJournalFailed:
		if planted.On(planted.SyncErrorIsSuccess) {
			c.journalSynced(c.journal.seq)
			return
		}
		c.journalFailed()
	case InJournalRow:
		c.journalRow(in)
	case InJournalTight:
		c.tight = in.Found
	case InFreed:
		c.room.freed(in.N)
		c.admitLarge()
	case InMoved:
		c.moved(in.Link, in.N)
	case InLeft:
		c.left(in.Link, in.Tag)
	case InWithdrawn:
		c.withdrawn(in.Link, in.Tag)
	case InSweep:
		c.startSweep()
	default:
		panic("coord: input kind is unknown")
	}
}

func (c *Core) tick() {
	c.tickJournal()
	for i := range c.servers {
		c.tickServer(&c.servers[i])
	}
	c.tickEffort()
	for i := range c.servers {
		c.tickPump(&c.servers[i])
	}
	c.tickSweep()
	c.assertCounts()
	c.refreshStates()
	c.tickConvergence()
	c.tickAdoption()
}

func (c *Core) event(ev Event) { c.e.Events = append(c.e.Events, ev) }

// copies is the set of all copies of a partition.
func (c *Core) allCopies() table.Copies { return 1<<c.cfg.Geometry.Copies() - 1 }

// server is the server of a copy.
func (c *Core) serverOf(p kv.Partition, copy int) *server {
	return &c.servers[c.cfg.Geometry.Server(p, copy)]
}
