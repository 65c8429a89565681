package campaign

import (
	"math"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// maxClients bounds the clients that wait for answers about one key, maxWaiting their calls: judging
// a history costs up to two to the power of the calls that nothing puts in an order.
const (
	maxClients = 4
	maxWaiting = 10_000
	maxCounts  = 6 // of a counter, whose calls of unknown outcome can't be told apart
)

// connect gives a client a new connection.
func (r *run) connect(client int) {
	r.conns++
	r.clients[client] = coord.ConnID(r.conns)
}

// vanish takes a client away with what it has asked: it will not hear the answers.
func (r *run) vanish(client int) {
	lost := 0
	for _, c := range r.history.Calls {
		if c.Client == client && c.Pending() {
			if r.pending[c.In.Tag] == c {
				r.gone[c.In.Tag] = true
			} else {
				r.twin.gone[c.In.Tag] = true
			}
			r.forget(c)
			lost++
		}
	}
	if lost > 0 {
		r.saw(stateVanished)
	}
	r.notef("client %d vanishes with %d calls", client, lost)
	r.connect(client)
}

// forget ends a call whose outcome nobody will know.
func (r *run) forget(c *oracle.Call) {
	c.Unknown = true
	delete(r.pending, c.In.Tag)
	delete(r.twin.pending, c.In.Tag)
	r.wait(c, -1)
}

func (r *run) wait(c *oracle.Call, by int) {
	for i := range r.waiting {
		if c.Key == i || c.Key == oracle.AllKeys && r.p.Keys[i].DB == c.In.DB {
			r.waiting[i] += by
			r.asks[i] += max(0, by)
		}
	}
}

// crowded tells that the key's history would become too hard to judge.
func (r *run) crowded(c *oracle.Call) bool {
	if c.Key == oracle.AllKeys {
		return false
	}
	n := r.waiting[c.Key]
	if n == 0 {
		return false
	}
	if r.p.Keys[c.Key].Class == counter && n >= maxCounts || n >= maxWaiting {
		return true
	}
	others := [oracle.MaxClients]bool{}
	count := 0
	for _, o := range r.history.Calls[max(0, len(r.history.Calls)-300):] {
		if o.Key == c.Key && o.Pending() && o.Client != c.Client && !others[o.Client] {
			others[o.Client] = true
			count++
		}
	}
	return count >= maxClients
}

// ask sends a client's call to the router, if it runs.
func (r *run) ask(call *oracle.Call) {
	if c := r.admit(call); c != nil {
		r.w.Router.Step(c.In)
	}
}

// admit notes that a client asks, if the router runs.
func (r *run) admit(call *oracle.Call) *oracle.Call {
	rt := r.w.Router
	if !rt.Up() || r.crowded(call) || !r.volume.healing && r.p.Silent.covers(call) {
		return nil
	}
	c := new(oracle.Call)
	*c = *call
	r.tag++
	r.clock++
	c.In.Kind, c.In.Conn, c.In.Tag = coord.InRequest, r.clients[c.Client], r.tag
	c.Began, c.Ended = r.clock, math.MaxInt64
	c.Low, c.High = rt.Core().ExpiryMillis(), math.MaxInt64
	r.pending[r.tag] = c
	r.history.Calls = append(r.history.Calls, c)
	r.wait(c, +1)
	r.health.asked(r, c)
	if r.trace {
		r.notef("%s", c)
	}
	return c
}

func (r *run) reply(rp coord.Reply, b []byte) {
	c := r.pending[rp.Tag]
	if c == nil {
		if !r.gone[rp.Tag] {
			r.failf("ASSERTED", "", "request %d was answered twice, or never asked", rp.Tag)
		}
		delete(r.gone, rp.Tag)
		return
	}
	delete(r.pending, rp.Tag)
	r.wait(c, -1)
	r.clock++
	if r.twin.on && rp.Code != coord.ReplyFault {
		r.failf("FRESH", string(c.In.Key), "the router that was replaced still answers: %s", c)
	}
	if rp.Code == coord.ReplyFault {
		c.Fault, c.Unknown, c.Nothing = rp.Fault, rp.Fault == fault.Unknown, rp.Fault != fault.Unknown
		r.out.Answers[rp.Fault.Prefix()]++
	} else {
		r.out.Answers["answered"]++
		c.Ended, c.High = r.clock, r.w.Router.Core().ExpiryMillis()
		c.Code, c.Value, c.N = rp.Code, string(b), rp.N
		r.noteAnswer(c)
		if rp.Code == coord.ReplyHead {
			r.headed(c, &rp.Head)
		}
		if rp.Code == coord.ReplyList {
			r.listed(c, kv.Hash(rp.N), b)
		}
	}
	r.health.answered(r, c)
	if r.trace {
		r.notef("%s", c)
	}
}

// orphan ends the calls that died with the router: nobody knows their outcome.
func (r *run) orphan() {
	for _, c := range r.history.Calls {
		if c.Pending() && r.pending[c.In.Tag] == c {
			r.forget(c)
			c.Lost = r.clock
			r.out.Answers["lost with the router"]++
		}
	}
	clear(r.gone)
}
