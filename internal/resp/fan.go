package resp

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// fan is a command that is sent in rounds: over all partitions, or over very many keys. It is alone in
// the session while it runs.
type fan interface {
	// issue adds the requests that may be sent now.
	issue(s *Session)
	// runnable tells that issue would add some.
	runnable() bool
	// reply takes the answer to a part; true = it was the last.
	reply(s *Session, r *coord.Reply, part int, body []byte) bool
	// render appends the answer of the command, in the slot, from the last reply.
	render(s *Session, b []byte, sl *slot, r *coord.Reply, body []byte) []byte
}

// start begins a fan as the answer of the current command.
func (s *Session) start(c *command, f fan) {
	s.request(c, joinFan, 0)
	s.fan = f
	f.issue(s)
}

func (s *Session) endFan(b []byte, sl *slot, r *coord.Reply, body []byte) []byte {
	f := s.fan
	s.fan, s.gathered = nil, 0 // it was alone
	return f.render(s, b, sl, r, body)
}

// wide is a command over more keys than are sent at once. The arguments stay where they are while
// it runs.
type wide struct {
	join  join
	op    coord.Op
	argv  [][]byte
	step  int
	next  int // index of the next key in argv
	part  int
	under int
	halt  bool
}

func (w *wide) runnable() bool { return !w.halt && w.next < len(w.argv) && w.under < waveParts }

func (w *wide) issue(s *Session) {
	for w.runnable() {
		in := s.part(w.part, w.op, w.argv[w.next])
		if w.step == 2 {
			in.Value = w.argv[w.next+1]
		}
		w.next += w.step
		w.part++
		w.under++
	}
}

func (w *wide) reply(s *Session, r *coord.Reply, part int, body []byte) bool {
	sl := s.ring.at(s.ring.head)
	sl.join = w.join
	s.collect(sl, r, part, body)
	sl.join = joinFan
	w.under--
	w.halt = w.halt || r.Code == coord.ReplyFault
	return w.under == 0 && !w.runnable()
}

func (w *wide) render(s *Session, b []byte, sl *slot, r *coord.Reply, body []byte) []byte {
	sl.join = w.join
	return s.render(b, sl, r, body)
}

// list adds a request for keys of a partition from a hash on.
func (s *Session) list(from kv.Hash, n int) {
	p := from.Partition()
	in := s.part(int(p), coord.OpList, nil)
	in.Partition, in.Hash, in.N = p, from, int64(n)
}
