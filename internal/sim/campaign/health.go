package campaign

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// slackMillis is what an answer may take beside deadlines: ticks, and the distance of a link.
const slackMillis = 200

// health follows whether those who are well are served.
type health struct {
	owed int // events so far
}

func (h *health) asked(r *run, c *oracle.Call) {
	c.At, c.Mark = r.now(), h.owed
	if c.Key != oracle.AllKeys {
		c.Ahead, c.Before, c.Linked = r.waiting[c.Key]-1, r.asks[c.Key], r.linked(c.Key)
	}
	r.examine()
}

// answered counts what a faulty answer was, and asks whether it was due.
func (h *health) answered(r *run, c *oracle.Call) {
	h.due(r, c)
	r.refused(c)
	switch {
	case c.Unknown:
		r.saw(stateUnknown)
	case c.Fault == fault.Busy:
		r.saw(stateBusy)
	case c.Fault == fault.NoServer:
		r.saw(stateNoServer)
	case c.In.Op == coord.OpSet && h.owed > c.Mark:
		r.saw(stateAnsweredAfterOwed)
	}
}

// patient demands an answer to every call while the router is well, however its servers are: past its deadline nobody
// is waited for, and what nobody can answer is told. Calls of one key may have to wait for each other.
func (r *run) patient(c *oracle.Call) bool {
	cfg := &r.p.Config
	limit := 3*(cfg.DeadlineMillis+cfg.AwayMillis) + int64(c.Ahead)*max(cfg.DeadlineMillis, cfg.AwayMillis) + slackMillis
	return r.now()-c.At <= limit || r.sick[len(r.w.Servers)] >= c.At
}

// live demands an answer within the deadline of every call whose servers and router have been well
// since it was asked.
func (r *run) live() {
	if r.out.Failure != nil || len(r.pending) == 0 {
		return
	}
	r.examine()
	now := r.now()
	limit := 2*r.p.Config.DeadlineMillis + slackMillis
	var late *oracle.Call
	for _, c := range r.pending {
		if now-c.At > limit && r.wellSince(c) < c.At && (late == nil || c.In.Tag < late.In.Tag) {
			late = c
		}
	}
	for _, c := range r.pending {
		if !r.patient(c) && (late == nil || c.In.Tag < late.In.Tag) {
			late = c
		}
	}
	if late != nil {
		r.failf("LIVE", string(late.In.Key), "no answer after %d ms: %v", now-late.At, late)
	}
}

// ails notes that a server, or behind them the router, is not well now.
func (r *run) ails(i int) { r.sick[i], r.ailed[i] = r.now(), r.clock }

// wellSince is when the router or a server of the call's key was last not well.
func (r *run) wellSince(c *oracle.Call) int64 {
	last := r.sick[len(r.w.Servers)]
	if c.Key == oracle.AllKeys {
		return last
	}
	p := r.p.Keys[c.Key].part()
	for i := range r.w.Geometry.Copies() {
		last = max(last, r.sick[r.w.Geometry.Server(p, i)])
	}
	return last
}

// examine notes who is not well now.
func (r *run) examine() {
	now := r.now()
	for i, s := range r.w.Servers {
		if !s.Well() {
			r.ails(i)
		}
	}
	if rt := r.w.Router; rt.HoldSync || rt.Failed() || !rt.Serves() {
		r.ails(len(r.w.Servers))
	}
	if c := r.w.Router.Core(); c != nil && c.Doubts() {
		r.unsure = now
	}
}

// due judges the answer of a call whose router and servers have been well since it was asked, whatever became of the other
// servers: it must have come within the deadline, and be none that blames a server that had a session all the time.
func (h *health) due(r *run, c *oracle.Call) {
	r.examine()
	if c.Key == oracle.AllKeys || r.wellSince(c) >= c.At {
		return
	}
	if took := r.now() - c.At; took > 2*r.p.Config.DeadlineMillis+slackMillis {
		r.failf("LIVE", string(c.In.Key), "answered after %d ms, although its servers and the router were well: %v", took, c)
	}
	if (c.Unknown || c.Fault == fault.NoServer) && c.Linked != 0 && c.Linked == r.linked(c.Key) {
		r.failf("LIVE", string(c.In.Key), "%s, although its servers and the router were well: %v", c.Fault.Prefix(), c)
	}
	if c.Fault == fault.OK && r.othersSuffer(c) {
		r.saw(stateServedAmid)
	}
}

// connected tells that the router has a session with every server of a key.
func (r *run) connected(key int) bool {
	p := r.p.Keys[key].part()
	for i := range r.w.Geometry.Copies() {
		if !r.w.Router.Core().Connected(r.w.Geometry.Server(p, i)) {
			return false
		}
	}
	return true
}

// othersSuffer tells that a server which has nothing to do with the call's key has not been well since it was asked.
func (r *run) othersSuffer(c *oracle.Call) bool {
	for i, at := range r.sick[:len(r.w.Servers)] {
		if at >= c.At && r.w.Geometry.Copy(r.p.Keys[c.Key].part(), ring.Server(i)) < 0 {
			return true
		}
	}
	return false
}
