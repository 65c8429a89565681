package resp

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
)

// Complete takes the answer to one request, in any order. body is the reply's bytes, valid during the call,
// unless it is r.Value: that may be kept as it is. counts tells that it is, and leaves next; one that is kept behind an
// earlier answer, which may itself wait for room, does not count. An answer to nothing that is pending is dropped.
func (s *Session) Complete(r *coord.Reply, body []byte) (counts bool) {
	seq, part := r.Tag>>partBits, int(r.Tag&partMask)
	if seq < s.ring.head || seq >= s.ring.tail {
		return false
	}
	sl := s.ring.at(seq)
	if sl.done {
		return false
	}
	if sl.join == joinFan {
		if s.fan.reply(s, r, part, body) {
			s.finish(seq, sl, r, body)
		}
		return false
	}
	s.collect(sl, r, part, body)
	if sl.left--; sl.left == 0 {
		return s.finish(seq, sl, r, body)
	}
	return false
}

// collect adds a part to its command.
func (s *Session) collect(sl *slot, r *coord.Reply, part int, body []byte) {
	if r.Code == coord.ReplyFault {
		sl.fault = worse(sl.fault, r.Fault)
		return
	}
	sl.some = true
	switch sl.join {
	case joinSum:
		sl.n += r.N
	case joinCount:
		if r.Code == coord.ReplyHead {
			sl.n++
		}
	case joinValues:
		s.gathered -= len(sl.many.data)
		sl.many.add(part, r.Code == coord.ReplyValue, body, s.limits.MaxReply)
		s.gathered += len(sl.many.data)
	}
	if sl.value > 0 {
		s.sawValue(len(body))
	}
}

// worse gives the fault that a command of several parts has: that it may have written is said before
// that it surely has not.
func worse(a, b fault.Kind) fault.Kind {
	switch {
	case a == fault.OK || b == fault.Unknown:
		return b
	case (a == fault.Busy || a == fault.NoJournal) && b != fault.OK:
		return b
	}
	return a
}

// finish makes the answer of a command whose parts are all there, and sends what it held up.
func (s *Session) finish(seq uint64, sl *slot, r *coord.Reply, body []byte) (counts bool) {
	s.values -= int(sl.value)
	if sl.many != nil {
		s.gathered -= len(sl.many.data)
	}
	if sl.write && sl.some && sl.fault != fault.OK {
		sl.fault = fault.Unknown // one part was written, another was not
	}
	counts = r.Value != nil && sl.join == joinValue && sl.fault == fault.OK && r.Code == coord.ReplyValue
	if counts {
		sl.shared = body
	}
	if seq != s.ring.head {
		sl.buf = s.render(s.buffer(), sl, r, body)
		sl.done = true
		s.behind += len(sl.buf) + len(sl.shared)
		return false
	}
	s.out = s.render(s.out, sl, r, body)
	s.share(sl.shared, counts)
	s.ring.pop()
	for s.ring.len() > 0 {
		next := s.ring.at(s.ring.head)
		if !next.done {
			return counts
		}
		s.out = append(s.out, next.buf...)
		s.share(next.shared, false)
		s.behind -= len(next.buf) + len(next.shared)
		s.release(next.buf)
		s.ring.pop()
	}
	return counts
}

// render appends the answer. The reply is that of the last part.
func (s *Session) render(b []byte, sl *slot, r *coord.Reply, body []byte) []byte {
	if sl.fault != fault.OK {
		return appendFault(b, sl.fault)
	}
	switch r.Code {
	case coord.ReplyNotInteger:
		return appendError(b, errNotInteger)
	case coord.ReplyOverflow:
		return appendError(b, errOverflow)
	case coord.ReplyTooLong:
		return appendError(b, errTooLong)
	}
	switch sl.join {
	case joinOK:
		return append(b, "+OK\r\n"...)
	case joinStatus:
		if r.Code == coord.ReplyNil {
			return appendNull(b, sl.resp3)
		}
		return append(b, "+OK\r\n"...)
	case joinSetNX:
		return appendBool(b, r.Code != coord.ReplyNil)
	case joinValue:
		if r.Code == coord.ReplyNil {
			return appendNull(b, sl.resp3)
		}
		if sl.shared != nil {
			return appendBulkHead(b, len(sl.shared))
		}
		return appendBulk(b, body)
	case joinInt:
		return appendInt(b, r.N)
	case joinSum, joinCount:
		return appendInt(b, sl.n)
	case joinValues:
		return sl.many.render(b, sl.resp3)
	case joinFan:
		return s.endFan(b, sl, r, body)
	case joinWhy, joinServers, joinConverged:
		return renderStatus(b, sl, body)
	}
	return s.renderHead(b, sl, r)
}

// renderHead answers from the record's head.
func (s *Session) renderHead(b []byte, sl *slot, r *coord.Reply) []byte {
	found := r.Code == coord.ReplyHead
	switch sl.join {
	case joinType:
		if found {
			return append(b, "+string\r\n"...)
		}
		return append(b, "+none\r\n"...)
	case joinStrlen:
		if found {
			return appendInt(b, int64(r.Head.Length))
		}
		return appendInt(b, 0)
	case joinBadExpiry, joinBadNumber:
		switch {
		case !found:
			return appendNull(b, sl.resp3)
		case sl.join == joinBadNumber:
			return appendError(b, errNotInteger)
		}
		return appendError(b, expiryText(sl.cmd))
	}
	if !found {
		return appendInt(b, -2)
	}
	return appendInt(b, remaining(sl.join, &r.Head, s.host.Now()))
}

// remaining is the answer of TTL, PTTL, EXPIRETIME or PEXPIRETIME; -1 = no expiry.
func remaining(j join, h *kv.Head, now int64) int64 {
	if h.Expiry == 0 {
		return -1
	}
	ms := h.Expiry
	if j == joinTTL || j == joinPTTL {
		ms = max(0, ms-now)
	}
	if j == joinTTL || j == joinExpireTime {
		return ms/1000 + (ms%1000+500)/1000
	}
	return ms
}

// gather holds the values of a command over several keys until all are there.
type gather struct {
	spans   []span // from < 0: no value
	data    []byte
	tooLong bool
}

func newGather(parts int) *gather { return &gather{spans: make([]span, parts)} }

func (g *gather) add(part int, found bool, body []byte, limit int) {
	if part >= len(g.spans) {
		return
	}
	if !found {
		g.spans[part] = span{-1, -1}
		return
	}
	if len(g.data)+len(body) > limit {
		g.tooLong, g.data = true, nil
	}
	if g.tooLong {
		return
	}
	from := len(g.data)
	g.data = append(g.data, body...)
	g.spans[part] = span{from, len(g.data)}
}

func (g *gather) render(b []byte, resp3 bool) []byte {
	if g.tooLong {
		return appendError(b, errReplyTooLong)
	}
	b = appendArray(b, len(g.spans))
	for _, sp := range g.spans {
		if sp.from < 0 {
			b = appendNull(b, resp3)
		} else {
			b = appendBulk(b, g.data[sp.from:sp.to])
		}
	}
	return b
}
