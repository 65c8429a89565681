package campaign

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/sim"
	"github.com/distributedstorage/ds/internal/sim/oracle"
	"github.com/distributedstorage/ds/internal/wire"
)

// A story is a step in which several things happen to one key in an order that chance hardly ever finds: each is the
// shortest history in which a client would notice that some rule is broken. They begin with everything up, and leave
// behind whatever they leave behind.
var stories []mishap

func init() {
	stories = []mishap{
		{"copies take turns in being away", []row{rowKill, rowBuffer, rowPartition}, 4, tell((*tale).turns)},
		{"a volume that forgot is asked alone", []row{rowWiped}, 2, tell((*tale).forgetful)},
		{"two volumes that forgot agree", []row{rowWiped}, 4, tell((*tale).agreement)},
		{"a delete is lost on its way, and its copy asked alone", []row{rowDelete, rowPartition}, 2, tell((*tale).lostDelete)},
		{"what was read was not synced, and the power goes", []row{rowPower}, 2, tell((*tale).unsynced)},
		{"bits flip in what a note would pay", []row{rowTorn}, 3, tell((*tale).rottenDebt)},
		{"an answer comes late, under a newer write", []row{rowFrames, rowSlow}, 2, tell((*tale).lateReply)},
		{"a mark is made under a comparison", []row{rowSlow, rowFrames}, 5, tell((*tale).markUnderComparison)},
		{"another router wrote, ahead of the clock", []row{rowClocks}, 2, tell((*tale).ahead)},
		{"a version ahead of the clock was shown, and the router dies", []row{rowClocks, rowRouter}, 2, tell((*tale).seenBefore)},
		{"a write reached one copy, and the router dies", []row{rowRouter, rowPower}, 5, tell((*tale).loneWrite)},
		{"a value is computed without a copy that has another, and two routers die", []row{rowRouter, rowPower}, 4, tell((*tale).blindly)},
		{"a read writes back what is replaced meanwhile", []row{rowRouter, rowPartition}, 4, tell((*tale).writtenBack)},
		{"a small value is lost before a large one", []row{rowFrames}, 2, tell((*tale).smallLost)},
		{"the end of a note is not on the disk, and the router dies", []row{rowRouter, rowPower}, 2, tell((*tale).endedNote)},
		{"a backup from before a payment is restored, and the router dies", []row{rowWiped, rowRouter}, 2, tell((*tale).paidBackup)},
		{"who holds what another is owed is wiped, and the router dies", []row{rowWiped, rowRouter}, 2, tell((*tale).wipedHolder)},
		{"a copy confirms a write and loses it with its volume", []row{rowWiped, rowPower}, 2, tell((*tale).confirmedThenGone)},
		{"who alone has a write under way is wiped", []row{rowWiped, rowRouter}, 3, tell((*tale).wipedUnderWrite)},
		{"what a note would pay has expired, and nobody holds it", []row{rowWiped, rowDelete}, 4, tell((*tale).expiredDebt)},
		{"an older write is missed under a newer one", []row{rowSlow, rowRouter}, 6, tell((*tale).overtaken)},
		{"copies are equal that lack what only the journal has", []row{rowWiped, rowBuffer}, 8, tell((*tale).onlyJournal)},
		{"copies are equal that lack what a router had under way", []row{rowRouter, rowBuffer}, 3, tell((*tale).onlyJournalKnows)},
		{"the router's journal is lost, and with it what servers know", []row{rowJournal, rowDelete, rowClocks}, 6, tell((*tale).onlyServersKnow)},
		{"a server goes without a word, and comes back empty", []row{rowPower, rowWiped}, 2, tell((*tale).silent)},
		{"the lanes to the copies are full", []row{rowSlow}, 8, tell((*tale).fullLane)},
		{"a note collapses under an older write", []row{rowSlow}, 10, tell((*tale).collapseUnderWrite)},
		{"all disks hang, and more is written than may wait", []row{rowDisk}, 4, tell((*tale).hungDisks)},
		{"the router stands still while answers wait", []row{rowPause}, 1, tell((*tale).pausedRouter)},
		{"a pipeline comes after a long silence", []row{rowClients}, 1, tell((*tale).idlePipeline)},
		{"a key is asked for while it is paid", []row{rowBuffer}, 4, tell((*tale).askedWhilePaid)},
		{"a throng around one key", []row{rowFrames, rowKill, rowPower}, 6, tell((*tale).throng)},
	}
}

// fits tells which runs are for a story: it could not come about in others.
var fits = map[string]func(*Params) bool{
	"two volumes that forgot agree": func(p *Params) bool { return p.Duplication >= 2 },
	"a mark is made under a comparison": func(p *Params) bool {
		return p.Duplication >= 1 && p.Config.DeadlineMillis+4*coord.TickInterval <= p.Config.AwayMillis
	},
	"what a note would pay has expired, and nobody holds it": func(p *Params) bool {
		return p.Duplication >= 1 && p.Config.TableBudget > 1000 && slices.ContainsFunc(p.Keys, func(k Key) bool { return k.Class == fleeting })
	},
	"an older write is missed under a newer one": func(p *Params) bool {
		return p.Duplication >= 1 && p.Config.DeadlineMillis >= 300 && p.Config.SlowMisses > 1
	},
	"who alone has a write under way is wiped": func(p *Params) bool { return p.Duplication >= 1 && p.Config.JournalBudget <= 1000 },
	"copies are equal that lack what only the journal has": func(p *Params) bool {
		return p.Duplication >= 1 && p.Config.JournalBudget > 1000
	},
	"copies are equal that lack what a router had under way":                   func(p *Params) bool { return p.Duplication >= 1 },
	"the router's journal is lost, and with it what servers know":              func(p *Params) bool { return p.Volumes && p.Duplication >= 1 },
	"the lanes to the copies are full":                                         fewOperations,
	"a value is computed without a copy that has another, and two routers die": func(p *Params) bool { return p.Duplication >= 1 },
	"a read writes back what is replaced meanwhile": func(p *Params) bool {
		return p.Duplication >= 1 && p.Config.DeadlineMillis > 3*coord.TickInterval
	},
	"a small value is lost before a large one": func(p *Params) bool {
		return slices.Max(p.ValueBytes) > wire.LargeValue && p.Config.MaxValue > 2*wire.LargeValue
	},
	"a note collapses under an older write": func(p *Params) bool {
		return p.Duplication >= 1 && p.Config.TableBudget < 1000 && fewOperations(p)
	},
	"all disks hang, and more is written than may wait": func(p *Params) bool {
		return p.Config.BufferCap <= 5000 && p.Config.MaxValue >= 2*p.Config.BufferCap
	},
	"who holds what another is owed is wiped, and the router dies": func(p *Params) bool {
		return p.Duplication >= 1 && p.Config.JournalBudget > 1000
	},
	"a key is asked for while it is paid": func(p *Params) bool {
		return p.Duplication >= 1 && p.Config.JournalBudget <= 500 && p.generous()
	},
	"the router stands still while answers wait": func(p *Params) bool {
		return p.Config.HeartbeatMillis+2*(p.Config.DeadlineMillis+100) <= p.Config.AwayMillis // else silence takes them for away
	},
}

// fewOperations tells that lanes are soon full.
func fewOperations(p *Params) bool { return p.Config.LaneOperations <= 64 }

// tellStory tells one of those that the run is for.
func (r *run) tellStory(s *Step) {
	var list []mishap
	for _, m := range stories {
		if f := fits[m.name]; f == nil || f(r.p.Params) {
			list = append(list, m)
		}
	}
	r.inject(list, s)
}

// maxStories is how many a run has at most.
const maxStories = 6

// drawStories puts stories between the steps.
func (p *Plan) drawStories() {
	rng := p.stream(0x7a1e)
	for range rng.IntN(maxStories + 1) {
		s := Step{Category: story, Which: rng.Uint32(), Server: rng.IntN(p.Servers), Key: rng.IntN(len(p.Keys)), Roll: rng.Uint32()}
		p.List = slices.Insert(p.List, rng.IntN(len(p.List)+1), s)
	}
}

// tale is a story under way.
type tale struct {
	r      *run
	key    int
	client int
	copies []int // the servers of the key, in the order in which the story uses them
	rng    *rand.Rand
	heads  *rand.Rand // which reads ask for the head only
}

// tell begins a story if everything could be brought up.
func tell(how func(*tale)) func(*run, *Step) {
	return func(r *run, s *Step) {
		rng := rand.New(rand.NewPCG(uint64(s.Roll), uint64(s.Which)))
		t := &tale{r: r, client: rng.IntN(r.p.Clients), rng: rng, heads: rand.New(rand.NewPCG(uint64(s.Which), uint64(s.Roll)))}
		t.turnTo(s.Key)
		t.trouble()
		if r.volume.adopting || !r.twin.idle() || !t.calm() {
			return
		}
		how(t)
		t.trouble()
	}
}

// trouble tells that nobody can be blamed for what is late or refused: what a story holds up is not seen from without.
func (t *tale) trouble() {
	for i := range t.r.sick {
		t.r.ails(i)
	}
}

// turnTo makes a key the story's.
func (t *tale) turnTo(key int) {
	g := t.r.w.Geometry
	t.key, t.copies = key, t.copies[:0]
	for i, first := 0, t.rng.IntN(g.Copies()); i < g.Copies(); i++ {
		t.copies = append(t.copies, int(g.Server(t.r.p.Keys[key].part(), (first+i)%g.Copies())))
	}
}

// needs turns to a key of a class if the story's is of another; false if there is none.
func (t *tale) needs(c class) bool {
	for i := range t.r.p.Keys {
		if key := (t.key + i) % len(t.r.p.Keys); t.r.p.Keys[key].Class == c {
			t.turnTo(key)
			return true
		}
	}
	return false
}

// calmMillis is how long a story waits for everybody to be up.
const calmMillis = 1500

// calm ends all faults and waits until every server has a session.
func (t *tale) calm() bool {
	r := t.r
	r.endFaults()
	r.w.Settle()
	for range calmMillis / coord.TickInterval {
		if t.well() {
			return true
		}
		if r.redial(); r.out.Failure != nil {
			return false
		}
		r.w.Pass(coord.TickInterval)
	}
	return false
}

// unhindered waits until nothing keeps the story's copies from answering, and what the weather has delayed, swapped or damaged has arrived.
func (t *tale) unhindered() bool {
	for range calmMillis / coord.TickInterval {
		if t.well() {
			return true
		}
		t.r.redial()
		t.pass(coord.TickInterval)
	}
	return false
}

// well tells that nothing keeps the story's copies from answering now.
func (t *tale) well() bool {
	return t.present(t.copies...) && !slices.ContainsFunc(t.copies, func(n int) bool { return !t.server(n).Well() })
}

// linked tells that the servers have a session, and it is not only the router that thinks so.
func (t *tale) linked(servers ...int) bool {
	for _, n := range servers {
		if !t.server(n).LinkedTo(t.r.w.Router) {
			return false
		}
	}
	return t.present(servers...)
}

// present tells that the servers have sessions.
func (t *tale) present(servers ...int) bool {
	if !t.r.w.Router.Serves() {
		return false
	}
	list := t.r.w.Router.Servers()
	for _, n := range servers {
		if len(list) == 0 || list[n].State == coord.Away {
			return false
		}
	}
	return true
}

// pass lets time go by; what the story holds stays held.
func (t *tale) pass(millis int64) { t.r.w.Pass(millis) }

func (t *tale) server(n int) *sim.Server { return t.r.w.Servers[n] }

// others is the copies without one.
func (t *tale) others(but int) (list []int) {
	for _, n := range t.copies {
		if n != but {
			list = append(list, n)
		}
	}
	return list
}

// leave unplugs servers, return plugs them in, starting those that are down, and waits for their sessions.
func (t *tale) leave(servers ...int) {
	for _, n := range servers {
		t.server(n).Unplugged = true
		t.server(n).HangUp()
	}
	t.r.w.Settle()
}

func (t *tale) back(servers ...int) bool {
	for _, n := range servers {
		s := t.server(n)
		if s.Release(); !s.Alive() {
			t.r.must(s.Start())
		}
	}
	t.r.w.Settle()
	for i := 0; i < 20 && !t.present(servers...); i++ {
		t.pass(coord.TickInterval)
	}
	return t.present(servers...)
}

// cut takes a server's power away.
func (t *tale) cut(n int) { t.r.killServer(&Step{Server: n}, 0) }

// send asks something of the story's key without letting anything happen, do lets it.
func (t *tale) send(op coord.Op) *oracle.Call {
	k := &t.r.p.Keys[t.key]
	if op == coord.OpGet {
		op = readOp(t.heads)
	}
	in := coord.Input{Op: op, DB: k.DB, Key: k.Name}
	if op == coord.OpSet {
		in.Value = t.value()
		if k.Class == counter {
			in.Value = strconv.AppendInt(nil, int64(t.r.tag)*1000+500, 10) // no other call sets it
		}
	}
	return t.ask(in)
}

// fleeting sends a value with a time to live.
func (t *tale) fleeting(millis int64) *oracle.Call {
	k := &t.r.p.Keys[t.key]
	return t.ask(coord.Input{Op: coord.OpSet, DB: k.DB, Key: k.Name, Value: t.value(), Flags: coord.FlagExpireIn, N: millis})
}

func (t *tale) do(op coord.Op) *oracle.Call {
	c := t.send(op)
	t.r.w.Settle()
	return c
}

// upset takes a server's power away, or the router's, and starts it.
func (t *tale) upset(n int) {
	switch t.rng.IntN(3) {
	case 0:
		t.r.w.Router.HoldSync = false
		t.restart()
	default:
		if t.server(n).Alive() {
			t.r.killServer(&Step{Server: n}, t.rng.IntN(5))
		} else {
			t.r.must(t.server(n).Start())
		}
	}
}

// done tells that the call was carried out and answered.
func done(c *oracle.Call) bool { return c != nil && !c.Pending() && !c.Unknown && !c.Nothing }
