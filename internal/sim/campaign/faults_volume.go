package campaign

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/sim"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// volumeFaults happen to the volume of a router that runs, or make two routers of it, in the runs that are for it.
var volumeFaults = []mishap{
	{"its journal is lost", []row{rowJournal}, 2, func(r *run, s *Step) { r.loseJournal(s) }},
	{"a copy of its journal is made", []row{rowJournal}, 3, func(r *run, _ *Step) { r.copyJournal() }},
	{"an older copy of its journal is restored", []row{rowJournal}, 4, func(r *run, s *Step) { r.restoreJournal(s) }},
	{"is paused, and another takes its place", []row{rowTwins}, 3, func(r *run, s *Step) { r.replace(s) }},
	{"that was replaced resumes", []row{rowTwins}, 6, func(r *run, s *Step) { r.resume(s) }},
}

// keeper follows the router's volume: what became of it, and what is excused by that.
type keeper struct {
	copied   *journalCopy // nil = none was made
	adopting bool         // the volume is not the latest: the next start takes the servers over
	lost     bool         // it is empty, else it is the copy
	givenUp  uint64       // the server that went with it: one bit by number
	healing  bool
	excuses  map[int]kv.Head // keys whose newest record only the latest volume held: the newest that is left
	excused  map[place]bool  // where keys have been excused
}

// place is a partition of a database.
type place struct {
	db   kv.DB
	part kv.Partition
}

// journalCopy is a copy of the router's volume, and what servers could know at most of the router then.
type journalCopy struct {
	restore  func(*sim.Router)
	epoch    uint64
	sequence uint64
}

// first is the cluster of every run.
var first = sim.Config().Cluster

func (r *run) copyJournal() {
	if c := r.w.Router.Core(); r.w.Router.Serves() && !r.w.Router.Failed() && r.twin.idle() && !r.volume.adopting {
		r.volume.copied = &journalCopy{r.w.Router.Snapshot(), c.Epoch(), c.JournalSequence()}
	}
}

func (r *run) loseJournal(s *Step) {
	if !r.changeable() {
		return // as long as another is adopted on, it is that one of which servers may know a later state
	}
	if r.volume.lost = true; r.witnessed() {
		r.changeVolume(s, r.w.Router.Lose)
	}
}

func (r *run) restoreJournal(s *Step) {
	c := r.volume.copied
	if c == nil {
		r.copyJournal()
		return
	}
	if !r.changeable() {
		return
	}
	if r.volume.lost = false; r.witnessed() {
		r.changeVolume(s, func() { c.restore(r.w.Router) })
		r.volume.copied = nil
	}
}

// changeable tells that the router serves on its latest volume, alone, and that no server's record needs it to become whole.
func (r *run) changeable() bool {
	rt := r.w.Router
	for i := range r.p.Keys {
		if r.rotten(&r.p.Keys[i]) {
			return false
		}
	}
	return rt.Serves() && !rt.Failed() && !rt.HoldSync && !r.volume.adopting && r.twin.idle()
}

// witnessed tells that a server can be reached that knows of a later state than the volume's: else nobody could notice, and the
// router would serve.
func (r *run) witnessed() bool {
	for n, srv := range r.w.Servers {
		if srv.Reachable() && r.volume.givenUp>>n&1 == 0 && r.knows(srv.Knowledge()) {
			return true
		}
	}
	return false
}

func (r *run) knows(id replica.Identity, sequence uint64) bool {
	switch c := r.volume.copied; {
	case id.Cluster != first:
		return false
	case r.volume.lost:
		return true
	case c == nil:
		return false
	default:
		return id.Epoch > c.epoch || id.Epoch == c.epoch && sequence > c.sequence
	}
}

// changeVolume ends the router and puts another volume under it. Started on that, it must serve nobody.
func (r *run) changeVolume(s *Step, change func()) {
	if s.Roll>>18%2 == 0 {
		r.fallBehind(s)
		if r.w.Router.Core() == nil || !r.witnessed() { // the last that would have noticed is gone
			return
		}
		defer r.loseSight(s)
	}
	r.giveUp(s)
	mark := r.w.Router.Core().ExpiryMillis()
	r.killRouter(s.Amount-1, int(s.Roll>>22%5))
	r.excuse(func() {
		change()
		r.destroyGivenUp()
	})
	if wall := r.w.Now().Wall; wall < mark {
		r.w.JumpWall(mark - wall) // the mark is lost too; a clock that stepped back as well would be a second fault
	}
	r.volume.adopting = true
	if s.Roll>>9%4 == 0 { // whoever did it knows
		r.startRouter()
		return
	}
	r.w.Config.Adopt, r.w.Config.GiveUp = false, 0
	r.must(r.w.Router.Start())
	r.redial()
	r.w.Settle()
	if r.w.Router.Serves() {
		r.failf("FRESH", "", "the router serves on a lost or older journal, although a server knows better")
	}
	if r.volume.lost {
		r.saw(stateLostNoticed)
	} else {
		r.saw(stateOlderNoticed)
	}
}

// fallBehind has keys written while a server is away, and the server back once only the journal knows what it is owed.
func (r *run) fallBehind(s *Step) {
	srv := r.w.Servers[s.Server]
	if srv.Unplugged {
		return
	}
	srv.Unplugged = true
	srv.HangUp()
	r.w.Settle()
	r.writeAll(s, "b")
	r.w.Settle()
	r.ails(s.Server)
	srv.Unplugged = false
}

// loseSight takes one server away and has keys read: what is left may be what had fallen behind.
func (r *run) loseSight(s *Step) {
	if r.w.Router.Core() == nil {
		return
	}
	r.redial()
	r.w.Settle()
	r.mend()
	r.redial()
	r.w.Settle()
	n := int(s.Roll>>20) % len(r.w.Servers)
	r.hold(n, s.Millis)
	r.ails(n)
	r.w.Servers[n].Unplugged = true
	r.w.Servers[n].HangUp()
	for i := range r.p.Keys {
		k := &r.p.Keys[i]
		r.ask(&oracle.Call{Client: int(s.Roll>>16) % r.p.Clients, Key: i, In: coord.Input{Op: coord.OpGet, DB: k.DB, Key: k.Name}})
	}
	r.w.Settle()
}

// writeAll has a client write, remove or count every key.
func (r *run) writeAll(s *Step, name string) {
	for i := range r.p.Keys {
		k := &r.p.Keys[i]
		in := coord.Input{Op: coord.OpSet, DB: k.DB, Key: k.Name, Value: fmt.Appendf(nil, "%s%d.", name, s.Roll)}
		switch roll := s.Roll >> (i % 8); {
		case roll%4 == 0:
			in.Op, in.Value = coord.OpDel, nil
		case k.Class == counter:
			in.Op, in.Value, in.N = coord.OpIncrBy, nil, 1
		}
		r.ask(&oracle.Call{Client: int(s.Roll>>16) % r.p.Clients, Key: i, In: in})
	}
}

func (r *run) redial() {
	for _, srv := range r.w.Servers {
		srv.TryAgain()
	}
}

// startRouter starts a router that is down, so that it adopts the servers if its volume is not the latest.
func (r *run) startRouter() { r.takeOver("router starts", r.w.Router.Start) }

// takeOver has a new core begin, unless it would adopt servers none of which could tell it better.
func (r *run) takeOver(note string, begin func() error) {
	k := &r.volume
	if k.adopting && !k.healing && !r.witnessed() {
		return
	}
	r.notef("%s", note)
	r.w.Config.Adopt, r.w.Config.GiveUp = k.adopting || r.p.AdoptStays, k.givenUp
	r.nextDurability()
	r.must(begin())
}

// adopted ends what is excused: the newest record that is left is the key's from here on.
func (r *run) adopted(kind coord.EventKind) {
	k := &r.volume
	if !k.adopting {
		return
	}
	if kind == coord.EventAdopted {
		if k.lost {
			r.saw(stateLostAdopted)
		} else {
			r.saw(stateOlderAdopted)
		}
		if k.givenUp != 0 {
			r.saw(stateGivenUp)
		}
	}
	k.adopting, k.copied, k.givenUp = false, nil, 0
	r.settleExcuses()
}

// mend restarts a router that must not serve, and empties the volumes of servers that took its new cluster for theirs.
func (r *run) mend() {
	rt := r.w.Router
	if st := rt.Standing(); st.Asking && st.Conflict {
		for _, srv := range r.w.Servers {
			if srv.Alive() {
				if id, _ := srv.Knowledge(); id.Cluster != first && !id.Cluster.IsZero() {
					srv.Kill()
					srv.Wipe()
					r.must(srv.Start())
				}
			}
		}
		r.killRouter(0, 0)
		r.startRouter()
		return
	}
	if rt.Standing().Unfit != coord.Fit {
		r.notef("the router that must not serve is started again")
		r.killRouter(0, 0)
		r.startRouter()
	}
}
