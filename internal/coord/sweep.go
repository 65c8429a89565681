package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// sweep compares the digests of all partitions. The requests of a comparison enter the lanes in
// one step, so that all copies are cut at the same write.
type sweep struct {
	generation uint64 // of the latest dirty mark
	round      uint32
	active     bool
	soon       bool   // something changed that a comparison may prove
	pause      int64  // milliseconds between comparisons that were asked for by a change
	waiting    uint64 // servers
	began      int64  // steady milliseconds
	beganAt    int64  // Unix milliseconds
	cut        uint64 // generation when it began
	parts      [kv.Partitions]comparison
}

// comparison is what the copies of one partition said.
type comparison struct {
	digest   wire.PartitionDigest // of the first that answered
	differ   bool                 // another's
	answered table.Copies
	relaxed  table.Copies // of those that answered: perhaps not synced yet
	clean    table.Copies // neither dirty nor owed anything here, at the cut
	ended    uint64       // Core.ended of the partition, at the cut
}

// soonMillis spaces comparisons that were asked for by a change. After a job that could not make its partition equal, because a
// record is rotten on its only copy for example, the distance doubles, up to lateMillis.
const (
	soonMillis = 100
	lateMillis = 1600
)

// spaceOut sets the distance by what a job has come to.
func (w *sweep) spaceOut(equal bool) {
	w.pause = min(2*max(w.pause, soonMillis), lateMillis)
	if equal {
		w.pause = soonMillis
	}
}

// marksMillis spaces comparisons while partitions are dirty: a debt is paid also where no sweep was asked for.
const marksMillis = 1000

func (c *Core) anyMarks() bool {
	for i := range c.servers {
		if s := &c.servers[i]; s.dirtyCount > 0 && s.phase == sessionReady {
			return true
		}
	}
	return false
}

func (c *Core) tickSweep() {
	w := &c.sweep
	since := c.time.steady - w.began
	if w.active || !c.serving || c.failed {
		return
	}
	due := c.cfg.SweepMillis > 0 && since >= c.cfg.SweepMillis || since >= marksMillis && c.anyMarks()
	if due || w.soon && since >= max(w.pause, soonMillis) {
		c.startSweep()
	}
}

// startSweep asks every server that is up for all its digests.
func (c *Core) startSweep() {
	w := &c.sweep
	if w.active || c.failed {
		return
	}
	w.round++
	w.soon, w.waiting = false, 0
	w.began, w.beganAt, w.cut = c.time.steady, c.time.expiry, w.generation
	for p := range kv.Partition(kv.Partitions) {
		w.parts[p].answered, w.parts[p].relaxed = 0, 0
		w.parts[p].clean, w.parts[p].ended = c.cleanCopies(p), c.ended[p]
	}
	relaxed := c.relaxesDigests()
	for i := range c.servers {
		s := &c.servers[i]
		switch {
		case s.phase != sessionReady:
		case !c.takes(s):
			w.soon = true // its lane is full: it takes part in the next one
		default:
			w.waiting |= 1 << i
			w.active = true
			c.frameOut = wire.Frame{Type: wire.Digest, Relaxed: relaxed, Count: kv.Partitions}
			c.send(s, &c.frameOut, ticketState{op: sweepOp, gen: w.round})
		}
	}
}

// cleanCopies is the copies that are connected and owed nothing of the partition.
func (c *Core) cleanCopies(p kv.Partition) (clean table.Copies) {
	owes := c.table.PartLen(p) > 0
	n := int(c.cfg.Geometry.Home(p))
	for i := range c.cfg.Geometry.Copies() {
		s := &c.servers[n]
		if s.phase == sessionReady && !s.isDirty(p) && !(owes && c.table.Owed(p, i) > 0) {
			clean |= 1 << i
		}
		if n++; n == len(c.servers) {
			n = 0
		}
	}
	return clean
}

func (c *Core) sweepReply(s *server, round uint32, f *wire.Frame) {
	if round != c.sweep.round {
		return
	}
	var d wire.PartitionDigest
	for b, ok := wire.NextDigest(f.Value, &d); ok; b, ok = wire.NextDigest(b, &d) {
		if d.Partition >= kv.Partitions {
			continue
		}
		if i := c.cfg.Geometry.Copy(d.Partition, s.number); i >= 0 {
			c.sweep.parts[d.Partition].take(i, &d, f.Relaxed)
		}
	}
	c.sweepGone(s, round)
}

// sweepMissed counts a server out that did not answer: the round proves nothing of it, and another one must come.
func (c *Core) sweepMissed(s *server, round uint32) {
	if round == c.sweep.round {
		c.sweep.soon = true
		c.sweep.spaceOut(false)
	}
	c.sweepGone(s, round)
}

// sweepGone counts a server out of the round, and compares when it was the last.
func (c *Core) sweepGone(s *server, round uint32) {
	w := &c.sweep
	bit := uint64(1) << s.number
	if round != w.round || w.waiting&bit == 0 {
		return
	}
	if w.waiting &^= bit; w.waiting != 0 {
		return
	}
	w.active = false
	for p := range kv.Partition(kv.Partitions) {
		c.compare(p, &w.parts[p], w.cut, w.beganAt)
	}
	c.jobs.wanted = true
}

// compare draws the conclusions for one partition.
func (c *Core) compare(p kv.Partition, m *comparison, cut uint64, at int64) (equal bool) {
	if m.answered == 0 || c.failed {
		return false
	}
	all := m.answered == c.allCopies()
	if !all && bitCount(m.answered) < 2 {
		return false
	}
	if m.differ && !planted.On(planted.MarkClearedEarly) {
		c.conv.proved[p] = 0
		c.event(Event{Kind: EventSweepDifference, Partition: p})
		if c.worthRepair(p, m.answered) {
			c.jobs.want(p)
		}
		return false
	}
	if all {
		c.conv.proved[p] = at
	}
	if m.relaxed != 0 && !planted.On(planted.RelaxedEndsDoubt) { // a power loss may take from a copy what made it equal
		return true
	}
	switch {
	case !all && !planted.On(planted.SuspectsProvedByTwo):
	case m.ended == c.ended[p], planted.On(planted.EqualBeforePayment):
		c.proveSuspects(p, m)
	case c.suspect.open(p): // what all lacked at the cut, and only the journal had, one has been paid since
		c.sweep.soon = true
	}
	switch {
	case !c.marked():
	case m.clean&c.cleanCopies(p)&m.answered != 0, planted.On(planted.DirtyAgree), all && (m.ended == c.ended[p] || planted.On(planted.EqualBeforePayment)):
		c.clearMarks(p, m, cut)
	case all && c.dirtyCopies(p) != 0: // what all lacked at the cut, and a note stood for, one has been paid since
		c.sweep.soon = true
	}
	return true
}

// worthRepair tells that a difference is not just what early correction is paying already.
func (c *Core) worthRepair(p kv.Partition, copies table.Copies) bool {
	if c.dirtyCopies(p)&copies != 0 {
		return true
	}
	for i := range c.cfg.Geometry.Copies() {
		if copies>>i&1 == 1 && c.table.Owed(p, i) > 0 {
			return false
		}
	}
	return c.cfg.SweepRepair
}

// clearMarks ends the marks that the comparison proved away: only those whose generation it began with.
func (c *Core) clearMarks(p kv.Partition, m *comparison, cut uint64) {
	for i := range c.cfg.Geometry.Copies() {
		s := c.serverOf(p, i)
		if m.answered>>i&1 == 0 || !s.isDirty(p) || s.dirty[p] > cut && !planted.On(planted.GenerationIgnored) {
			continue
		}
		assertCleared(s.dirty[p], cut)
		m.assertSynced()
		if !planted.On(planted.MarkEndsBare) {
			c.noteInstead(p, i)
		}
		s.setDirty(p, 0)
		c.proveApplied(s)
		c.del(c.numberedKey(rowDirty, uint16(s.number), uint16(p)))
		c.event(Event{Kind: EventClean, Server: s.number, Partition: p})
		c.sweep.soon = true
	}
}

// marked tells that some server is owed a whole partition.
func (c *Core) marked() bool {
	for i := range c.servers {
		if c.servers[i].dirtyCount > 0 {
			return true
		}
	}
	return false
}

// noteInstead owes a copy whose mark ends the entries that it neither holds nor is owed: the mark alone stood for those that it
// confirmed and lost with its volume. Copies that are equal may all lack what only the journal has.
func (c *Core) noteInstead(p kv.Partition, copy int) {
	var slot table.Slot
	for e, at := c.table.Next(p, table.Cursor{}, &slot); e != nil; e, at = c.table.Next(p, at, &slot) {
		c.owe(e, 1<<copy)
	}
}

// noteSuspects does so for the entries of suspect versions, and every copy: after an unclean end nobody knows who has them.
func (c *Core) noteSuspects(p kv.Partition) {
	var slot table.Slot
	for e, at := c.table.Next(p, table.Cursor{}, &slot); e != nil; e, at = c.table.Next(p, at, &slot) {
		if c.suspect.has(p, e.Head.Version) {
			c.owe(e, c.allCopies())
		}
	}
}

// owe owes an entry to those of the copies that are not known to hold it.
func (c *Core) owe(e *table.Slot, copies table.Copies) {
	before := e.Owed
	if c.setOwed(e, e.Owed|copies&^e.Held) {
		c.putEntry(e)
		c.tellOwed(e, before)
	}
}

// convergence is when each partition was last proved equal on all its copies, in sessions
// that have not ended since; 0 = not so.
type convergence struct {
	proved [kv.Partitions]int64
	last   int64 // the latest moment at which all of it was proved
	told   bool  // the latest event said converged
	at     int64 // steady milliseconds of the latest look
}

// tellMillis is how often the core looks whether it has converged or diverged, for the event.
const tellMillis = 100

func (c *Core) tickConvergence() {
	v := &c.conv
	if c.time.steady-v.at < tellMillis {
		return
	}
	v.at = c.time.steady
	now, at := c.converged()
	if now == v.told {
		return
	}
	v.told = now
	kind := EventDiverged
	if now {
		kind = EventConverged
	}
	c.event(Event{Kind: kind, N: at})
}

// unprove forgets the proofs that a server took part in.
func (c *Core) unprove(s *server) {
	for p := range c.cfg.Geometry.Held(s.number, 0, kv.Partitions) {
		c.conv.proved[p] = 0
	}
}

// converged tells whether nothing is owed anywhere and all digests are equal, and when that was proved. A router that may have been replaced
// can't tell.
func (c *Core) converged() (bool, int64) {
	oldest := c.conv.proved[0]
	for _, at := range c.conv.proved {
		if oldest = min(oldest, at); oldest == 0 {
			break
		}
	}
	if oldest != 0 {
		c.conv.last = oldest
	}
	ok := oldest != 0 && c.table.Len() == 0 && !c.failed && !c.doubt.on
	for i := range c.servers {
		s := &c.servers[i]
		ok = ok && s.phase == sessionReady && s.dirtyCount == 0 && s.flushOwed == 0
	}
	if ok && planted.On(planted.ProvedNow) {
		return ok, c.time.expiry
	}
	return ok, c.conv.last
}
