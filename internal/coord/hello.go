package coord

import (
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// hello answers the first frame of a link.
func (c *Core) hello(in *Input) {
	f := &c.frameIn
	if err := wire.Decode(in.Bytes, f); err != nil || f.Type != wire.Hello {
		c.e.Closes = append(c.e.Closes, Close{in.Link, "the first frame is not a hello"})
		return
	}
	ses := f.Session
	if code, text := c.judge(&ses); code != 0 {
		c.refuseLink(in.Link, ses.Number, code, text)
		return
	}
	s := &c.servers[ses.Number]
	if why := c.weigh(s, &ses); why != Fit && c.unfit == Fit && !c.adoption.asking {
		c.halt(why, ses.Number)
	}
	if code, text := c.admits(s, &ses); code != 0 {
		c.refuseLink(in.Link, ses.Number, code, text)
		return
	}
	if !ses.Journal.IsZero() && ses.Journal != c.cfg.Journal {
		c.mergeFlushes(ses.Flushes)
		s.former = true
	}
	if s.phase == sessionNone {
		c.beginSession(s, in.Link, ses)
		return
	}
	if s.store != ses.Store {
		c.refuseLink(in.Link, ses.Number, wire.NumberTaken,
			"number taken: another server with this number has a live link; give one of them another --number, or stop it")
		return
	}
	if s.next.link != 0 {
		c.e.Closes = append(c.e.Closes, Close{s.next.link, "superseded by a newer link"})
	}
	ses.Flushes = nil // points into the input; the welcome carries the whole table anyway
	s.next.link, s.next.session = in.Link, ses
	c.closeLink(s, "superseded by a newer link of the same store")
}

// judge checks a hello against what this cluster is.
func (c *Core) judge(ses *wire.Session) (wire.Refusal, string) {
	switch {
	case c.failed:
		return wire.NotServing, "the router's journal failed: it takes no session until it was opened again"
	case !c.serving:
		return wire.NotServing, "the router is not serving yet"
	case ses.Protocol != wire.ProtocolVersion:
		return wire.WrongProtocol, "link protocol version differs: run the same release on router and servers"
	case int(ses.Number) >= len(c.servers):
		return wire.WrongNumber, "number out of range: this router has fewer servers (--number-of-servers)"
	case ses.Geometry != (ring.Geometry{}) && ses.Geometry != c.cfg.Geometry:
		return wire.WrongGeometry, "the volume has another geometry: mount the right volume, or start the router with the volume's settings"
	}
	return 0, ""
}

// admits tells whether the server may have a session now, by what its hello says of its router.
func (c *Core) admits(s *server, ses *wire.Session) (wire.Refusal, string) {
	if c.unfit != Fit {
		return wire.WrongJournal, c.unfit.String()
	}
	if c.adoption.asking { // it may be the last
		c.listen(ses, c.weigh(s, ses) != Fit)
	}
	switch {
	case c.adoption.asking:
		return wire.NotServing, "the router asks all servers who they are, before it serves: its health check says whom it misses"
	case ses.Cluster != c.cfg.Cluster && !ses.Cluster.IsZero():
		return wire.WrongCluster, "the volume belongs to another cluster: mount the right volume, or an empty one"
	}
	return 0, ""
}

func (c *Core) refuseLink(link LinkID, number ring.Server, code wire.Refusal, text string) {
	c.frameOut = wire.Frame{Type: wire.Refuse, Code: code, Seq: 1, Value: []byte(text)}
	c.handshake(link, true)
	c.event(Event{Kind: EventServerRefused, Server: number, N: int64(code)})
}

func (c *Core) handshake(link LinkID, closing bool) {
	from := uint32(len(c.e.Bytes))
	c.e.Bytes = wire.Append(c.e.Bytes, &c.frameOut)
	c.e.Handshakes = append(c.e.Handshakes, Handshake{link, closing, Range{from, uint32(len(c.e.Bytes))}})
}
