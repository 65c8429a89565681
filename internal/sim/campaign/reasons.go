package campaign

import (
	"slices"

	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// fewOthers is how many calls of a key may be asked while another is under way before that may have begun again too often.
const fewOthers = 8

// refused demands a reason of an answer that nothing was done, to a call whose router and servers have been well, and connected, since it was
// asked. Those that the core has:
//
//   - there are as many operations as there may be, or a lane is full: in runs that make them small;
//   - the buffer or the table is full: in runs that make them small, and only if a server of the key is slow, for what
//     another takes needs no room;
//   - the key kept changing under the call: only if it has many others, or another router writes it;
//   - the router stood still, and does not know whether it was replaced, or has not read yet what came meanwhile: by its clock answers may be late then;
//   - the record is rotten: in runs that let something rot.
//
// A router whose journal has failed, or that serves nobody, is not well, and a server that has just come back was not connected.
func (r *run) refused(c *oracle.Call) {
	if !c.Nothing || c.Key == oracle.AllKeys || r.ailedSince(c) || c.Linked == 0 || c.Linked != r.linked(c.Key) || r.unsure >= c.At ||
		r.roomless(c.Key) {
		return
	}
	switch c.Fault {
	case fault.Busy:
		if c.Ahead+r.asks[c.Key]-c.Before >= fewOthers || r.out.Seen[stateForeign] > 0 {
			return
		}
	case fault.Rotten:
		for _, s := range [...]state{stateRotted, stateRotJournal, stateRotBlock, stateUnread, stateSpoiledOpened} {
			if r.out.Seen[s] > 0 {
				return
			}
		}
	}
	r.failf("LIVE", string(c.In.Key), "%s for no reason: its servers and the router were well, and nothing was full: %v", c.Fault.Prefix(), c)
}

// ailedSince tells that the router or a server of the call's key was not well at some moment since it was asked, or at that moment.
func (r *run) ailedSince(c *oracle.Call) bool {
	ill := func(n ring.Server) bool { return r.ailed[n] >= c.Began }
	return ill(ring.Server(len(r.w.Servers))) || slices.ContainsFunc(r.serversOf(c.Key), ill)
}

// roomless tells that something may be full in a run of such parameters, as things are with the servers of a key.
func (r *run) roomless(key int) bool {
	slow := slices.ContainsFunc(r.serversOf(key), r.w.Router.Core().Slow)
	return !r.p.generous() || slow && (r.p.Config.BufferCap < plenty || r.p.Config.TableBudget < plenty)
}

// generous tells that neither lanes nor operations can be as many as there may be.
func (p *Params) generous() bool {
	const many = 1 << 16
	return p.Config.LaneOperations >= many && p.Config.LaneBytes >= plenty && p.Config.MaxOperations >= many
}

// serversOf is the servers of a key.
func (r *run) serversOf(key int) (list []ring.Server) {
	for i := range r.w.Geometry.Copies() {
		list = append(list, r.w.Geometry.Server(r.p.Keys[key].part(), i))
	}
	return list
}

// linked is how many sessions the servers of a key have had, if each has one; else 0.
func (r *run) linked(key int) (sessions int) {
	if !r.connected(key) {
		return 0
	}
	for _, n := range r.serversOf(key) {
		sessions += r.sessions[n]
	}
	return sessions
}
