package campaign

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim"
	"github.com/distributedstorage/ds/internal/sim/disk"
	"github.com/distributedstorage/ds/internal/sim/oracle"
	"github.com/distributedstorage/ds/internal/sim/rowdisk"
)

// Outcome is what a run came to.
type Outcome struct {
	Failure *Failure // nil = everything held
	Seen    [states]uint32
	Answers map[string]int
	Faults  int
	Trace   string // if it was asked for
	Hash    uint64 // of the trace
}

// Failure is a promise that was broken.
type Failure struct {
	Promise string // NOLOSS, FRESH …
	Key     string // the key in question, or empty
	Text    string

	Unjudged bool // nobody can tell whether it was broken
}

func (f *Failure) Error() string { return f.Promise + ": " + f.Text }

// run is one plan under way.
type run struct {
	p       *Plan
	w       *sim.World
	history oracle.History
	pending map[uint64]*oracle.Call
	gone    map[uint64]bool // asked by clients that went away
	waiting []int           // calls under way, by key
	asks    []int           // calls so far, by key
	clients []coord.ConnID  // the last one is the flusher's
	conns   uint64
	clock   int64 // of calls and answers
	tag     uint64

	sessions []int // made by each server
	backups  []*backup
	hangs    []int64 // until when what is held stays so, by server; then the router
	flaps    []int64 // until when the link of each server flaps
	sick     []int64 // when a fault was last on, by server; then the router
	ailed    []int64 // the same in the order of calls and answers
	unsure   int64   // when the router last stood in doubt whether it was replaced, or noticed that it had stood still
	proofs   map[*coord.Core]*proofs
	health   health
	volume   keeper
	twin     twin
	losses   losses

	disks    disk.Reached
	journals rowdisk.Durables
	lasting  []kv.Head // by key, see lasts

	alone  int   // steps for which no server has been connected
	most   int64 // bytes that the buffer may hold meanwhile
	flying int64 // bytes that were under way when the last one went

	uncollapsed uncollapsed

	out   Outcome
	log   strings.Builder
	trace bool
}

// Run carries the plan out. With skip, the steps for which it is true are left out; with trace, the outcome has all that
// happened.
func Run(p *Plan, skip []bool, trace bool) (out *Outcome) {
	r := newRun(p, trace)
	defer func() {
		if v := recover(); v != nil {
			r.panicked(v)
		}
		r.closeEngine()
		r.closeJournal()
		r.countLarge()
		r.flushTrace()
		r.out.Trace, out = r.log.String(), &r.out
		r.out.Hash = xxh3.HashString(r.out.Trace)
	}()
	r.boot()
	for i := range p.List {
		if r.out.Failure != nil {
			break
		}
		if skip == nil || !skip[i] {
			r.step(i, &p.List[i])
		}
	}
	r.conclude()
	return
}

func newRun(p *Plan, trace bool) *run {
	r := &run{
		p: p, w: sim.NewWorld(p.Config), trace: trace, pending: map[uint64]*oracle.Call{}, gone: map[uint64]bool{},
		waiting: make([]int, len(p.Keys)), asks: make([]int, len(p.Keys)), clients: make([]coord.ConnID, p.Clients+1),
		sessions: make([]int, p.Servers), backups: make([]*backup, p.Servers),
		hangs: make([]int64, p.Servers+1), flaps: make([]int64, p.Servers), sick: make([]int64, p.Servers+1), ailed: make([]int64, p.Servers+1),
	}
	r.out.Answers, r.proofs = map[string]int{}, map[*coord.Core]*proofs{}
	r.volume.excuses, r.volume.excused = map[int]kv.Head{}, map[place]bool{}
	r.w.Config.Adopt = p.AdoptStays
	r.losses = losses{torn: make([]bool, p.Servers), fragile: make([]bool, p.Servers), met: make([]uint64, p.Servers)}
	r.w.OnDiskLoss = func(n ring.Server) int { return r.cut(int(n), 2) }
	r.history.MaxValue = int(p.Config.MaxValue)
	for i := range r.clients {
		r.connect(i)
	}
	r.useEngine()
	r.w.Quiet = !trace
	r.w.OnEvent, r.w.Router.OnReply = r.event, r.reply
	r.w.OnCompared = r.compared
	r.w.OnBroken, r.w.OnDiskError = r.broken, r.diskError
	r.w.OnApplied, r.w.OnRecord, r.w.OnRow = r.applied, r.record, r.row
	return r
}

func (r *run) boot() {
	r.must(r.w.Router.Start())
	for _, s := range r.w.Servers {
		r.must(s.Start())
	}
	r.w.Settle()
	r.w.Pass(200)
}

// conclude heals everything and judges.
func (r *run) conclude() {
	if r.out.Failure == nil {
		r.heal()
	}
	r.flushTrace()
	if r.out.Failure == nil {
		r.judge()
	}
}

func (r *run) panicked(v any) {
	text := fmt.Sprint(v)
	if err, ok := v.(error); ok {
		var bug runtime.Error
		if errors.As(err, &bug) {
			text += "\n" + string(debug.Stack())
		}
	}
	promise := "ASSERTED"
	if m := numbered.FindStringSubmatch(text); m != nil {
		promise += " " + m[1]
	}
	r.failf(promise, "", "panic: %s", text)
}

// numbered is how assertions tell which they are: internal/coord/invariant.go, internal/replica/invariant.go.
var numbered = regexp.MustCompile(`broken invariant (\d+)`)

func (r *run) failf(promise, key, format string, args ...any) {
	if r.out.Failure == nil {
		r.out.Failure = &Failure{Promise: promise, Key: key, Text: fmt.Sprintf(format, args...)}
		r.notef("FAILED %v", r.out.Failure)
	}
}

func (r *run) must(err error) {
	if err != nil {
		r.failf("ASSERTED", "", "%v", err)
	}
}

func (r *run) notef(format string, args ...any) {
	if r.trace {
		r.w.Printf("# "+format, args...)
	}
}

func (r *run) flushTrace() {
	if t := r.w.Trace(); r.trace {
		r.log.WriteString(t)
	}
}

// audit checks what must hold after every step.
func (r *run) audit() {
	if c := r.w.Router.Core(); c != nil && r.out.Failure == nil {
		if err := cmp.Or(c.Audit(), c.AuditBounds()); err != nil {
			r.failf("BOUNDED", "", "%v", err)
		}
		r.proved(c.ProvedAt())
	}
	r.crowdedRoom()
	r.lasts()
	r.bounded()
	r.collapses()
	r.live()
}

// plenty is a cap, in bytes, that no run reaches.
const plenty = 64 << 20

// bounded demands that the buffer does not grow past its cap while no server is there: what passes the cap was under way
// when the last one went.
func (r *run) bounded() {
	c := r.w.Router.Core()
	if r.p.Config.BufferCap >= plenty { // it can't
		return
	}
	if c == nil || r.out.Failure != nil {
		r.alone = 0
		return
	}
	list := r.w.Router.Servers()
	if len(list) == 0 || slices.ContainsFunc(list, func(s coord.ServerStatus) bool { return s.State != coord.Away }) ||
		r.w.Router.Standing().Asking { // an adoption trusts no copy: what they hold is buffered too
		r.alone = 0
		return
	}
	if r.alone++; r.alone == 1 {
		r.flying = r.underWay()
	}
	if r.alone < 4 {
		r.most = max(c.Buffered()+c.Reserved(), r.p.Config.BufferCap) + r.flying
	} else if c.Buffered() > r.most {
		r.failf("BOUNDED", "", "%d bytes are buffered, the cap is %d", c.Buffered(), r.p.Config.BufferCap)
	}
}

// underWay is the bytes of what clients write that is not answered: a write that left before the last server went may be buffered much
// later, when it is known whether it has to be stamped again.
func (r *run) underWay() (bytes int64) {
	for _, c := range r.pending {
		if len(c.In.Value) > 0 {
			bytes += int64(len(c.In.Key)+len(c.In.Value)) + entryOverhead
		}
	}
	return bytes
}

// entryOverhead is what an entry of the journal costs beside its key and value, in bytes.
const entryOverhead = 128

// now is the steady time in milliseconds.
func (r *run) now() int64 { return r.w.Now().Mono / 1e6 }
