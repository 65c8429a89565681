package sim

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/store/model"
)

type runtimeError interface {
	error
	RuntimeError()
}

// class is what a key is used for, so that its history can be judged.
type class uint8

const (
	register class = iota // unique values
	counter               // integers
	fleeting              // with expiries
)

type simKey struct {
	db    kv.DB
	name  []byte
	class class
}

// backup is a snapshot of a volume and the number of sessions that its server had had.
type backup struct {
	volume   *model.Volume
	sessions int
}

// campaign is one seed: a world, what was asked of it, and what it answered.
type campaign struct {
	seed    uint64
	rng     *rand.Rand
	w       *World
	keys    []simKey
	steps   int
	err     error
	suspect string // the key of the failure

	pending map[uint64]*call
	calls   []*call
	clock   int64 // of calls and returns
	tag     uint64

	sessions []int // made by each server
	backups  []*backup
	hangs    []int64 // until when what is held stays so, by server; then the router
	seen     map[coord.EventKind]int
	answers  map[string]int
	log      strings.Builder
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

func newCampaign(seed uint64, quiet bool) *campaign {
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	servers := pick(rng, 1, 2, 2, 3, 3, 3, 4)
	w := New(servers, rng.IntN(min(servers, 3)))
	w.Quiet = quiet
	cfg := &w.Config
	cfg.DeadlineMillis = pick[int64](rng, 40, 100, 300, 500)
	cfg.HeartbeatMillis = pick[int64](rng, 60, 200)
	cfg.AwayMillis = pick[int64](rng, 300, 1000, 2000)
	cfg.JournalBudget = pick[int64](rng, 1, 1, 500, 64<<20)
	cfg.TableBudget = pick[int64](rng, 1, 400, 900, 64<<20, 64<<20)
	cfg.BufferCap = pick[int64](rng, 900, 4000, 256<<20, 256<<20, 256<<20)
	cfg.LaneOperations = pick(rng, 4, 1<<16, 1<<16, 1<<16)
	cfg.LaneBytes = pick[int64](rng, 300, 64<<20, 64<<20, 64<<20)
	cfg.MaxOperations = pick(rng, 6, 1<<17, 1<<17, 1<<17)
	cfg.SweepMillis = pick[int64](rng, 0, 500, 2000)
	cfg.RepairWindow = pick(rng, 1, 8, 128)
	cfg.SlowMisses = pick(rng, 1, 1, 2, 3)
	cfg.SlowCleanMillis = pick[int64](rng, 60, 400, 1000)
	r := &campaign{
		seed: seed, rng: rng, w: w, steps: 40 + rng.IntN(260), pending: map[uint64]*call{},
		sessions: make([]int, servers), backups: make([]*backup, servers),
		hangs: make([]int64, servers+1), seen: map[coord.EventKind]int{}, answers: map[string]int{},
	}
	for i := range 2 + rng.IntN(4) {
		k := simKey{db: kv.DB(rng.IntN(2)), name: fmt.Appendf(nil, "key%d", i), class: class(rng.IntN(3))}
		r.keys = append(r.keys, k)
	}
	w.OnEvent, w.Router.OnReply = r.event, r.reply
	return r
}

func (r *campaign) params() string {
	c := r.w.Config
	s := fmt.Sprintf("%v; deadline %d heartbeat %d away %d budget %d table %d cap %d lane %d ops %d bytes max %d sweep %d window %d slow %d/%d steps %d\n",
		c.Geometry, c.DeadlineMillis, c.HeartbeatMillis, c.AwayMillis, c.JournalBudget, c.TableBudget, c.BufferCap, c.LaneOperations,
		c.LaneBytes, c.MaxOperations, c.SweepMillis, c.RepairWindow, c.SlowMisses, c.SlowCleanMillis, r.steps)
	for _, k := range r.keys {
		p := kv.HashKey(k.db, k.name).Partition()
		s += fmt.Sprintf("%s db %d class %d on %s; ", k.name, k.db, k.class, r.w.copies(p, 0xff))
	}
	return s
}

func (r *campaign) event(ev coord.Event) {
	r.seen[ev.Kind]++
	switch ev.Kind {
	case coord.EventServerReady:
		r.sessions[ev.Server]++
	case coord.EventLost:
		r.failf("", "a record was declared lost, and no fault excuses it: %s", r.w.version(ev.Version))
	}
}

func (r *campaign) failf(key, format string, args ...any) {
	if r.err == nil {
		r.err, r.suspect = fmt.Errorf(format, args...), key
		r.notef("FAILED: %v", r.err)
	}
}

func (r *campaign) notef(format string, args ...any) {
	if !r.w.Quiet {
		r.w.printf("# "+format, args...)
	}
}

func (r *campaign) flushTrace() {
	if t := r.w.Trace(); !r.w.Quiet {
		r.log.WriteString(t)
	}
}

func (r *campaign) stack() {
	if !r.w.Quiet {
		r.w.printf("%s", debug.Stack())
	}
}

func (r *campaign) run() {
	r.boot()
	for i := 0; i < r.steps && r.err == nil; i++ {
		r.step()
		r.audit()
		r.flushTrace()
	}
	if r.err == nil {
		r.heal()
	}
	r.flushTrace()
	if r.err == nil {
		r.judge()
	}
	r.flushTrace()
}

func (r *campaign) boot() {
	r.must(r.w.Router.Start())
	for _, s := range r.w.Servers {
		r.must(s.Start())
	}
	r.w.Settle()
	r.w.Pass(200)
}

func (r *campaign) must(err error) {
	if err != nil {
		r.failf("", "%v", err)
	}
}

func (r *campaign) audit() {
	if c := r.w.Router.core; c != nil && r.err == nil {
		if err := c.Audit(); err != nil {
			r.failf("", "counts drifted: %w", err)
		}
	}
}
