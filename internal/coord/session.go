package coord

import (
	"github.com/distributedstorage/ds/internal/coord/slow"
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// sessionPhase is how far a server's session is. Frames, epoch and store id are bound to
// the connection by its hello; a new session begins only after the old link is down.
type sessionPhase uint8

const (
	sessionNone       sessionPhase = iota
	sessionHello                   // its identity is on the way to the journal's disk
	sessionWelcomed                // the server makes the session durable
	sessionConfirming              // its confirmation is on the way to the journal's disk
	sessionReady
	sessionClosing // told to close; the reader has not ended
)

// server is what the router knows of one server number.
type server struct {
	number  ring.Server
	phase   sessionPhase
	link    LinkID
	lane    lane
	waitSeq uint64 // of the journal, in sessionHello and sessionConfirming

	store   kv.ID
	applied uint64 // highest apply sequence confirmed, synced or not
	granted uint64 // where the session being made starts

	welcomed bool   // since the router's start: it may know this epoch
	met      bool   // since the router's start: it knows this epoch
	former   bool   // the session being made is of a server from before the adoption
	saved    uint64 // applied as it was last emitted

	heard, beat int64 // steady milliseconds
	keys        uint64

	owed       uint64 // entries
	dirty      [kv.Partitions]uint64
	dirtyCount uint32
	flushOwed  int    // flushes sent and not confirmed
	refusals   uint64 // of writes, those that nobody waited for any longer too

	state State
	since int64

	next struct { // a hello that waits for the old link to end
		link    LinkID
		session wire.Session
	}
	pay  payer
	pace slow.Detector
}

func (s *server) init(number int, cfg *Config) {
	s.number, s.lane.limit = ring.Server(number), cfg.LaneOperations
	s.lane.reset(1)
	s.pace = slow.New(cfg.pace())
}

func (s *server) isDirty(p kv.Partition) bool { return s.dirty[p] != 0 }

func (s *server) setDirty(p kv.Partition, gen uint64) {
	if s.dirty[p] == 0 && gen != 0 {
		s.dirtyCount++
	}
	if s.dirty[p] != 0 && gen == 0 {
		s.dirtyCount--
	}
	s.dirty[p] = gen
}

func (s *server) confirm(seq uint64) { s.applied = max(s.applied, seq) }

// beginSession journals who the server is, before it is told anything.
func (c *Core) beginSession(s *server, link LinkID, ses wire.Session) {
	s.phase, s.link, s.heard = sessionHello, link, c.time.steady
	c.links[link] = int(s.number)
	s.lane.reset(s.lane.next)
	switch {
	case s.store.IsZero() || s.store != ses.Store && planted.On(planted.WipedTrusted):
	case s.store != ses.Store:
		c.event(Event{Kind: EventServerWiped, Server: s.number})
		s.applied = 0
		c.distrust(s)
	case ses.ApplySequence < s.applied && !planted.On(planted.RollbackTrusted):
		c.event(Event{Kind: EventServerRolledBack, Server: s.number, N: int64(s.applied - ses.ApplySequence)})
		c.distrust(s)
	}
	c.beginLife()
	s.store = ses.Store
	s.granted = max(ses.ApplySequence, s.applied) + 1
	c.clock.Merge(ses.Highest)
	if !planted.On(planted.SessionUnjournaled) {
		c.putApplied(s)
	}
	s.waitSeq = c.journal.seq
}

// distrust owes a server every partition: its volume is another, or an older one.
func (c *Core) distrust(s *server) {
	if lost := c.markAll(s); lost > 0 {
		c.answered = answered{} // what is left may be older
		c.ops.each(func(o *op) { o.before = kv.Version{} })
		c.event(Event{Kind: EventCleanLost, Server: s.number, N: int64(lost)})
	}
}

// markAll marks all partitions of a server, and counts those of which no copy is clean any more.
func (c *Core) markAll(s *server) (lost int) {
	c.sweep.generation++
	n := 0
	for p, copy := range c.cfg.Geometry.Held(s.number, 0, kv.Partitions) {
		n++
		clean := !s.isDirty(p)
		c.mark(s, p)
		c.unhold(p, copy)
		if clean && c.dirtyCopies(p) == c.allCopies() {
			lost++
		}
	}
	if !planted.On(planted.FormerConfirms) {
		c.ops.each(func(o *op) { c.forget(o, s) })
	}
	c.event(Event{Kind: EventDirty, Server: s.number, N: int64(n)})
	return lost
}

// dirtyCopies is the copies of a partition that can't be trusted by themselves.
func (c *Core) dirtyCopies(p kv.Partition) (dirty table.Copies) {
	for i := range c.cfg.Geometry.Copies() {
		if c.serverOf(p, i).isDirty(p) {
			dirty |= 1 << i
		}
	}
	return dirty
}

// forget takes back from an operation under way what a volume confirmed or answered that is there no more.
func (c *Core) forget(o *op, s *server) {
	copy := c.cfg.Geometry.Copy(o.part, s.number)
	if copy < 0 {
		return
	}
	if bit := table.Copies(1) << copy; o.confirmed&bit != 0 { // the mark covers it, once it is durable
		o.noted |= bit
		if !planted.On(planted.HolderGone) {
			c.keepAgain(o)
		}
		if !planted.On(planted.MarkUnsynced) {
			o.waitSeq = max(o.waitSeq, c.journal.seq)
		}
	}
	o.confirmed &^= 1 << copy
	o.answered &^= 1 << copy
}

// unhold forgets that the copy confirmed the partition's entries.
func (c *Core) unhold(p kv.Partition, copy int) {
	var slot table.Slot
	for e, at := c.table.Next(p, table.Cursor{}, &slot); e != nil; e, at = c.table.Next(p, at, &slot) {
		c.count(e, -1)
		c.table.SetHeld(e, e.Held&^(1<<copy))
		c.count(e, +1)
	}
}

func (c *Core) putApplied(s *server) {
	c.put(c.numberedKey(rowApplied, uint16(s.number)), s.store[:], le.AppendUint64(c.numBuf[:0], s.applied))
	s.saved = s.applied
}

// proveApplied saves how far a server had come when a note or mark of it ended: a volume from before, restored
// under it, no longer has what was paid.
func (c *Core) proveApplied(s *server) {
	if s.applied != s.saved {
		c.putApplied(s)
	}
}

// writeApplied saves the apply sequences that rose.
func (c *Core) writeApplied() {
	for i := range c.servers {
		if s := &c.servers[i]; s.applied != s.saved {
			c.putApplied(s)
		}
	}
	c.saveSuspects()
}

// sessionSynced goes on with a session whose journal row became durable.
func (c *Core) sessionSynced(s *server) {
	if s.waitSeq > c.journal.synced {
		return
	}
	switch s.phase {
	case sessionHello:
		c.welcome(s)
	case sessionConfirming:
		c.establish(s)
	}
}

func (c *Core) welcome(s *server) {
	flushes := c.rowBuf[:0]
	for db := range c.flushes {
		if f := &c.flushes[db]; f.durable(c.journal.synced) && !planted.On(planted.FlushNotToldOnReturn) {
			flushes = wire.AppendFlush(flushes, kv.DB(db), f.version)
		}
	}
	c.frameOut = wire.Frame{Type: wire.Welcome, Seq: 1, Session: wire.Session{
		Protocol: wire.ProtocolVersion, Lanes: 1, Number: s.number, Router: c.cfg.Router,
		Geometry: c.cfg.Geometry, Cluster: c.cfg.Cluster, Store: s.store, Journal: c.cfg.Journal,
		JournalSequence: c.journal.durable.seq, Epoch: c.cfg.Epoch, ApplySequence: s.granted,
		Durability: c.cfg.Durability, SyncMillis: uint32(c.cfg.SyncMillis),
		SilenceMillis: uint32(c.cfg.AwayMillis), Flushes: flushes,
	}}
	s.lane.seq = 1
	s.phase, s.heard, s.welcomed = sessionWelcomed, c.time.steady, true
	c.handshake(s.link, false)
}

// ready takes the server's word that the session is durable there.
func (c *Core) ready(s *server, f *wire.Frame) {
	if s.phase != sessionWelcomed || f.Session.ApplySequence < s.granted {
		c.closeLink(s, "ready does not fit the session")
		return
	}
	s.phase, s.applied, s.met = sessionConfirming, f.Session.ApplySequence, true
	c.putApplied(s)
	c.forgetFormerLives()
	s.waitSeq = c.journal.seq
}

// establish lets a session count: requests flow, and the server is paid what it is owed.
func (c *Core) establish(s *server) {
	s.phase, s.heard, s.beat = sessionReady, c.time.steady, c.time.steady
	s.pace.Begin(c.time.steady)
	s.flushOwed, c.pass = 0, pass{}
	c.shrinkHeld(s)
	for db := range c.flushes { // one may have come since the welcome
		if c.flushes[db].durable(c.journal.synced) && !planted.On(planted.FlushNotToldOnReturn) {
			c.sendFlush(s, kv.DB(db))
		}
	}
	if s.former { // it may have brought some
		s.former = false
		for db := range c.flushes {
			c.tellFlush(kv.DB(db))
		}
	}
	c.event(Event{Kind: EventServerReady, Server: s.number, N: int64(s.owed)})
	c.sweep.soon, c.sweep.pause = true, soonMillis
	for i := range c.servers {
		c.servers[i].pay.again()
	}
	c.refreshStates()
	c.trust()
}

// closeLink ends a session; what was under way to it has failed.
func (c *Core) closeLink(s *server, reason string) {
	if s.phase == sessionNone || s.phase == sessionClosing {
		return
	}
	c.e.Closes = append(c.e.Closes, Close{s.link, reason})
	c.endSession(s, sessionClosing)
}

func (c *Core) endSession(s *server, phase sessionPhase) {
	was := s.phase
	delete(c.links, s.link)
	s.phase = phase
	c.drop(s)
	if was == sessionReady {
		c.unprove(s)
	}
	c.refreshStates()
}

// linkDown takes the driver's word that a link is closed and its reader has ended.
func (c *Core) linkDown(link LinkID) {
	for i := range c.servers {
		s := &c.servers[i]
		if s.next.link == link {
			s.next.link = 0
		}
		if s.link != link {
			continue
		}
		if s.phase != sessionClosing {
			c.endSession(s, sessionNone)
		}
		s.phase, s.link = sessionNone, 0
		if n := s.next; n.link != 0 {
			s.next.link = 0
			if c.failed {
				c.refuseLink(n.link, s.number, wire.NotServing, "the router's journal failed")
				continue
			}
			c.beginSession(s, n.link, n.session)
		}
	}
}

func (c *Core) tickServer(s *server) {
	switch s.phase {
	case sessionReady:
		c.expire(s)
		if c.time.steady-s.beat >= c.cfg.HeartbeatMillis {
			s.beat = c.time.steady
			c.beats++
			c.frameOut = wire.Frame{Type: wire.Heartbeat, Ticket: c.beats, Sequence: c.journal.durable.seq}
			c.append(s, &c.frameOut)
			c.probe(s)
		}
	case sessionNone, sessionHello, sessionConfirming, sessionClosing:
		return
	}
	if c.time.steady-s.heard > c.cfg.AwayMillis+s.lane.large.patience() && !planted.On(planted.SilenceForgiven) {
		c.closeLink(s, "silent for longer than --away-after")
	}
}

// refreshStates derives every server's state and tells of changes.
func (c *Core) refreshStates() {
	for i := range c.servers {
		s := &c.servers[i]
		state := InSync
		switch {
		case s.phase != sessionReady:
			state = Away
		case s.owed > 0 || s.dirtyCount > 0 || s.flushOwed > 0 || s.pace.Slow():
			state = Behind
		}
		if state == s.state && s.since != 0 {
			continue
		}
		if s.since != 0 {
			kind := [...]EventKind{Away: EventServerAway, Behind: EventServerBehind, InSync: EventServerInSync}[state]
			c.event(Event{Kind: kind, Server: s.number})
		}
		s.state, s.since = state, c.time.expiry
	}
}
