package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// Unfit is why a router must not serve.
type Unfit uint8

const (
	Fit           Unfit = iota
	UnfitLost           // a server belongs to another cluster: this journal is not the one that it knew
	UnfitOther          // a server knows another journal of the cluster
	UnfitOlder          // a server knows a later state of this journal
	UnfitReplaced       // a server has turned to another router
)

// String says what happened, and what mends it.
func (u Unfit) String() string {
	switch u {
	case UnfitLost:
		return "the servers belong to another cluster than this router's volume: mount the right volume; if it is lost, " +
			"start the router with --adopt (writes that only the lost volume held are lost)"
	case UnfitOther:
		return "the servers know another journal than this router's, which replaced it: mount the volume of that one; if it is lost, " +
			"start the router with --adopt (writes that only the lost volume held are lost)"
	case UnfitOlder:
		return "the servers know a later state of this router's volume: if a replacement runs on a copy of it, stop this router; if an older " +
			"volume was restored, mount the latest, or start the router with --adopt (writes that only the latest volume held are lost)"
	case UnfitReplaced:
		return "a server has turned to another router: this one was replaced, stop it"
	}
	return "fit to serve"
}

// Standing is whether the router may serve clients, and what it waits for.
type Standing struct {
	Unfit    Unfit
	Asking   bool   // servers are asked who they are, before anybody is served
	Missing  uint64 // numbers that have not told, while asking: one bit a server
	Conflict bool   // servers of different clusters can't be adopted together
}

// Standing is how the router stands with its servers.
func (c *Core) Standing() Standing {
	a := &c.adoption
	st := Standing{Unfit: c.unfit, Asking: a.asking}
	if a.asking {
		st.Missing = c.missing()
		_, st.Conflict = a.cluster(c.cfg.GiveUp)
	}
	return st
}

// idle tells that clients are not served, because this router must not or does not know yet.
func (c *Core) idle() bool { return c.unfit != Fit || c.adoption.asking }

// virgin tells that no server ever had a session with this journal.
func (c *Core) virgin() bool {
	for i := range c.servers {
		if !c.servers[i].store.IsZero() {
			return false
		}
	}
	return c.adopted.epoch == 0
}

// weigh compares what a server knows of its router with what this router is. What servers are told of the
// journal is durable here before, so that one which knows more has met another router, or a later state of this one.
func (c *Core) weigh(s *server, ses *wire.Session) Unfit {
	switch {
	case ses.Cluster.IsZero(), planted.On(planted.StaleEpochObeyed):
		return Fit
	case ses.Cluster != c.cfg.Cluster:
		if s.store.IsZero() && c.adopted.epoch == 0 {
			return UnfitLost
		}
		return Fit // that one server is wrong here: judge says so
	case ses.Journal != c.cfg.Journal:
		if ses.Epoch < c.adopted.epoch {
			return Fit // it comes from before the adoption
		}
	case ses.Epoch < c.cfg.Epoch:
		l, ok := c.knew(ses.Epoch)
		if ok && ses.JournalSequence <= l.seq && !c.unknownVersion(ses, l.ceiling) && !c.unknownFlush(ses.Flushes) {
			return Fit
		}
	case ses.Epoch == c.cfg.Epoch && s.welcomed:
		return Fit
	}
	switch {
	case s.welcomed:
		return UnfitReplaced
	case ses.Journal != c.cfg.Journal:
		return UnfitOther
	}
	return UnfitOlder
}

// unknownVersion tells that the server holds a version which this router's name stamped and this
// journal had no ceiling for.
func (c *Core) unknownVersion(ses *wire.Session, ceiling uint64) bool {
	return ses.Highest.Router == c.cfg.Router && ses.Highest.Time > ceiling
}

// unknownFlush tells that the server was told of a flush that the journal does not have.
func (c *Core) unknownFlush(table []byte) bool {
	for rest := table; len(rest) > 0; {
		db, v, tail, ok := wire.NextFlush(rest)
		if !ok || int(db) >= len(c.flushes) {
			return false
		}
		if v.Compare(c.flushes[db].version) > 0 {
			return true
		}
		rest = tail
	}
	return false
}

// halt ends the service at once. Nothing is written any more but that the volume is not the one that counts: it went its own way from
// here, and each start counts on as if it were a later state.
func (c *Core) halt(why Unfit, s ring.Server) {
	c.event(Event{Kind: EventUnfit, Server: s, N: int64(why)})
	if why.lasts() {
		c.put(unfitKey, []byte{byte(why)})
	}
	c.abandon()
	if c.cfg.Adopt && why != UnfitReplaced {
		c.adoption.asking, c.adoption.needed = true, true
		return
	}
	c.unfit = why
}

// lasts tells that only an adoption mends it: what servers say of a volume that counts on may sound right later. Of the others the
// volume's name tells every time.
func (u Unfit) lasts() bool { return u == UnfitOlder || u == UnfitReplaced }

func (c *Core) restoreUnfit(b []byte) bool {
	if len(b) != 1 || !Unfit(b[0]).lasts() {
		return false
	}
	c.found = Unfit(b[0])
	return true
}

// condemn takes up what was found of the volume before.
func (c *Core) condemn() {
	switch {
	case c.found == Fit:
	case c.adoption.asking:
		c.adoption.needed = true
	default:
		c.unfit = c.found
	}
}

// abandon answers everybody who waits, and closes every link. What was under way is as after a crash.
func (c *Core) abandon() {
	c.ops.each(func(o *op) {
		switch {
		case o.kind == OpNone:
			return
		case o.kind < opRepair:
			k := fault.NotServing
			if o.sent || o.kind == OpFlush {
				k = fault.Unknown
			}
			c.e.Replies = append(c.e.Replies, Reply{Code: ReplyFault, Fault: k, Conn: o.conn, Tag: o.tag})
		}
		c.ops.release(o)
	})
	c.gates.init()
	c.stamped, c.strict, c.open, c.ahead = stampList{}, strictness{}, unsettled{}, ahead{}
	c.room.used, c.room.line = c.room.handed, c.room.line[:0]
	c.journal.reserved, c.journal.head, c.journal.count = 0, 0, 0
	c.jobs = jobs{}
	c.sweep.active, c.sweep.waiting = false, 0
	var slot table.Slot
	for p := range kv.Partition(kv.Partitions) {
		for e, at := c.table.Next(p, table.Cursor{}, &slot); e != nil; e, at = c.table.Next(p, at, &slot) {
			if e.Busy {
				c.table.SetBusy(e, false)
			}
		}
	}
	for i := range c.servers {
		s := &c.servers[i]
		s.lane.reset(s.lane.next) // nothing of it belongs to an operation any more
		s.pay, s.flushOwed = payer{}, 0
		if s.next.link != 0 {
			c.e.Closes = append(c.e.Closes, Close{s.next.link, "the router does not serve"})
			s.next.link = 0
		}
		c.closeLink(s, "the router does not serve")
	}
}
