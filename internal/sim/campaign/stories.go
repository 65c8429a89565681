package campaign

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/sim"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// A story is a step in which several things happen to one key in an order that chance hardly ever finds: each is the
// shortest history in which a client would notice that some rule is broken. They begin with everything up, and leave
// behind whatever they leave behind.
var stories []mishap

func init() {
	stories = []mishap{
		{"copies take turns in being away", []row{rowKill, rowBuffer, rowPartition}, 4, tell((*tale).turns)},
		{"a volume that forgot is asked alone", []row{rowWiped}, 2, tell((*tale).forgetful)},
		{"two volumes that forgot agree", []row{rowWiped}, 2, tell((*tale).agreement)},
		{"a delete is lost on its way, and its copy asked alone", []row{rowDelete, rowPartition}, 2, tell((*tale).lostDelete)},
		{"what was read was not synced, and the power goes", []row{rowPower}, 2, tell((*tale).unsynced)},
		{"bits flip in what a note would pay", []row{rowTorn}, 1, tell((*tale).rottenDebt)},
		{"an answer comes late, under a newer write", []row{rowFrames, rowSlow}, 2, tell((*tale).lateReply)},
		{"a mark is made under a comparison", []row{rowSlow, rowFrames}, 2, tell((*tale).markUnderComparison)},
		{"another router wrote, ahead of the clock", []row{rowClocks}, 2, tell((*tale).ahead)},
	}
}

// tale is a story under way.
type tale struct {
	r      *run
	key    int
	client int
	copies []int // the servers of the key, in the order in which the story uses them
	rng    *rand.Rand
}

// tell begins a story if everything could be brought up.
func tell(how func(*tale)) func(*run, *Step) {
	return func(r *run, s *Step) {
		rng := rand.New(rand.NewPCG(uint64(s.Roll), uint64(s.Which)))
		t := &tale{r: r, key: s.Key, client: rng.IntN(r.p.Clients), rng: rng}
		p, n := r.p.Keys[s.Key].part(), r.w.Geometry.Copies()
		for i, first := 0, rng.IntN(n); i < n; i++ {
			t.copies = append(t.copies, int(r.w.Geometry.Server(p, (first+i)%n)))
		}
		if t.calm() {
			how(t)
		}
		for i := range r.sick {
			r.sick[i] = r.now()
		}
	}
}

// calmMillis is how long a story waits for everybody to be up.
const calmMillis = 1500

// calm ends all faults and waits until every server has a session.
func (t *tale) calm() bool {
	r := t.r
	r.endFaults()
	for range calmMillis / coord.TickInterval {
		if r.w.Pass(coord.TickInterval); r.out.Failure != nil {
			return false
		}
		if t.present(t.copies...) {
			return true
		}
	}
	return false
}

// present tells that the servers have sessions.
func (t *tale) present(servers ...int) bool {
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
	r, k := t.r, &t.r.p.Keys[t.key]
	in := coord.Input{Op: op, DB: k.DB, Key: k.Name}
	if op == coord.OpSet {
		in.Value = fmt.Appendf(nil, "s%d.", r.tag)
		if k.Class == counter {
			in.Value = strconv.AppendInt(nil, int64(r.tag)*1000, 10)
		}
	}
	before := len(r.history.Calls)
	r.ask(&oracle.Call{Client: t.client, Key: t.key, In: in})
	if len(r.history.Calls) == before {
		return nil
	}
	return r.history.Calls[before]
}

func (t *tale) do(op coord.Op) *oracle.Call {
	c := t.send(op)
	t.r.w.Settle()
	return c
}

// done tells that the call was carried out and answered.
func done(c *oracle.Call) bool { return c != nil && !c.Pending() && !c.Unknown && !c.Nothing }
