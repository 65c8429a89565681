package campaign

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// category is a kind of step.
type category uint8

const (
	traffic   category = iota // clients ask
	crumb                     // one small thing happens and nothing else
	settle                    // everything that is not held back happens
	pass                      // time goes by
	server                    // a fault of a server, or its start
	router                    // a fault of the router, or its start
	network                   // a fault of a server's link
	clocks                    // a fault of clocks
	clientele                 // a fault of a client
	sweep                     // a comparison of all partitions
	categories

	story // several things in a row, see stories.go: drawn apart from the others
)

var categoryNames = [...]string{"traffic", "crumb", "settle", "pass", "server", "router", "network", "clocks", "client", "sweep", categories: "", story: "story"}

// categoryWeights are per cent, before a seed changes them.
var categoryWeights = [categories]int{
	traffic: 42, crumb: 13, settle: 7, pass: 12, server: 12, router: 7, network: 8, clocks: 2, clientele: 4, sweep: 2,
}

// Step is one thing that is to happen. It holds all that was drawn for it: what it does follows from it and
// the state of the world.
type Step struct {
	Category category
	Which    uint32 // chooses the fault of the category
	Server   int
	Key      int
	Amount   int // 1 … 4
	Millis   int64
	Roll     uint32 // for whatever else the fault chooses
	Settle   bool   // traffic: everything happens after each call
	Together bool   // traffic: the calls reach the router in one step
	Calls    []oracle.Call
}

// Plan is what one seed draws.
type Plan struct {
	*Params
	List   []Step
	Silent Silence
}

// Draw makes the plan of a seed.
func Draw(seed uint64) *Plan {
	rng := rand.New(rand.NewPCG(seed, 0x5eed))
	p := &Plan{Params: drawParams(seed, rng)}
	d := drawer{p: p, rng: rng, heads: p.stream(0x4ead)}
	for range p.Steps {
		p.List = append(p.List, d.step())
	}
	p.drawStories()
	return p
}

type drawer struct {
	p     *Plan
	rng   *rand.Rand
	calls int
	heads *rand.Rand // which reads ask for the head only
}

func (d *drawer) step() Step {
	rng := d.rng
	s := Step{
		Category: d.category(), Which: rng.Uint32(), Server: rng.IntN(d.p.Servers), Key: rng.IntN(len(d.p.Keys)),
		Amount: 1 + rng.IntN(4), Roll: rng.Uint32(), Settle: rng.IntN(3) == 0,
	}
	switch s.Category {
	case traffic:
		d.traffic(&s)
	case pass:
		s.Millis = pick[int64](rng, 20, 60, 200, 200, 600, 2500)
	default:
		s.Millis = pick[int64](rng, 50, 400, 1500, 6000)
	}
	return s
}

func (d *drawer) category() category {
	total := 0
	for _, w := range d.p.Weights {
		total += w
	}
	n := d.rng.IntN(total)
	for c, w := range d.p.Weights {
		if n -= w; n < 0 {
			return category(c)
		}
	}
	panic("campaign: weights")
}

// traffic draws a few calls, or rarely a long pipeline of one client for one key.
func (d *drawer) traffic(s *Step) {
	if d.rng.IntN(25) == 0 {
		s.Settle = false
		client, key := d.rng.IntN(d.p.Clients), s.Key
		for range 4 + d.rng.IntN(pick(d.rng, 10, 10, 60)) {
			s.Calls = append(s.Calls, d.call(client, key))
		}
		return
	}
	if d.rng.IntN(25) == 0 {
		d.manyKeys(s)
		return
	}
	for range 1 + d.rng.IntN(3) {
		s.Calls = append(s.Calls, d.call(d.rng.IntN(d.p.Clients), d.rng.IntN(len(d.p.Keys))))
	}
}

func (d *drawer) call(client, key int) oracle.Call {
	k := &d.p.Keys[key]
	d.calls++
	c := oracle.Call{Client: client, Key: key, In: coord.Input{DB: k.DB, Key: k.Name}}
	switch n := d.rng.IntN(100); {
	case n < 2:
		c = *d.p.flush(k.DB)
	case n < 6:
		d.list(k, &c.In)
	case n < 36:
		c.In.Op = readOp(d.heads)
	case n < 43:
		c.In.Op = coord.OpDel
	default:
		d.change(k.Class, &c.In)
	}
	return c
}

// flush is one that the flusher asks for, a client of its own: a session begins a flush when nothing of its client is pending, and nothing
// else until it is done.
func (p *Plan) flush(db kv.DB) *oracle.Call {
	return &oracle.Call{Client: p.Clients, Key: oracle.AllKeys, In: coord.Input{Op: coord.OpFlush, DB: db}}
}

func (d *drawer) change(c class, in *coord.Input) {
	n := d.rng.IntN(100)
	in.Op, in.Value = coord.OpSet, d.value()
	switch {
	case c == counter && n < 75:
		in.Op, in.Value, in.N = coord.OpIncrBy, nil, int64(1+d.rng.IntN(3))
	case c == counter:
		in.Value = strconv.AppendInt(nil, int64(d.calls)*1000, 10)
	case c == fleeting && n < 25:
		in.Op, in.Value, in.Flags = coord.OpExpire, nil, coord.FlagExpireIn
		in.N = pick[int64](d.rng, 30, 300, 3000)
	case c == fleeting && n < 80:
		in.Flags, in.N = coord.FlagExpireIn, pick[int64](d.rng, 30, 300, 3000)
	case n < 45:
	case n < 55 && c == register:
		in.Flags = coord.FlagNX
	case n < 65 && c == register:
		in.Flags = coord.FlagXX
	case n < 75 && c == register:
		in.Flags = coord.FlagGet
	case n < 90 && c == register:
		in.Op = coord.OpAppend
	case n < 92 && c == register:
		in.Op, in.Value, in.N = coord.OpIncrBy, nil, 1
	case c == register:
		in.Op, in.Value = coord.OpGetDel, nil
	}
	if c == register && in.Op == coord.OpSet && d.rng.IntN(40) == 0 {
		in.Flags, in.N = in.Flags|coord.FlagExpireAt, 1 // over since 1970: what is stored is its absence
	}
}

// value is unique in the run: it begins with the number of its call.
func (d *drawer) value() []byte {
	size := min(pick(d.rng, d.p.ValueBytes...), int(d.p.Config.MaxValue)-20)
	v := fmt.Appendf(make([]byte, 0, max(size, 20)), "v%d.", d.calls)
	for len(v) < size {
		v = append(v, padding[:min(len(padding), size-len(v))]...)
	}
	return v
}

var padding = strings.Repeat("~", 64<<10)

// pipelined is the value of a call of a pipeline that is a step of its own.
func pipelined(s *Step, i int) []byte { return fmt.Appendf(nil, "p%d-%d.", s.Roll, i) }
