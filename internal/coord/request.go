package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// request admits a client's operation.
func (c *Core) request(in *Input) {
	admin := in.Op == OpServers || in.Op == OpConverged
	if !c.serving || c.ops.live >= c.cfg.MaxOperations || c.doubt.on && !admin {
		c.refuse(in, fault.Busy)
		return
	}
	if planted.On(planted.BusyWhileOwed) && c.owedTotal > 0 && in.Tag%2 == 0 && in.Op > OpHead && in.Op < OpList {
		c.refuse(in, fault.Busy)
		return
	}
	if c.idle() && !admin {
		c.refuse(in, fault.NotServing)
		return
	}
	if int(in.DB) >= len(c.flushes) {
		panic("coord: a request names a database that does not exist")
	}
	o := c.ops.alloc()
	o.kind, o.flags, o.db, o.conn, o.tag, o.n = in.Op, in.Flags, in.DB, in.Conn, in.Tag, in.N
	o.key = append(o.key[:0], in.Key...)
	o.arg = keep(o.arg, in.Value, in.Shared)
	o.born = c.time.lastMono
	o.hash = kv.HashKey(o.db, o.key)
	o.part = o.hash.Partition()
	c.answered.begins(o)
	switch in.Op {
	case OpGet, OpHead:
		if !c.waitGate(o) {
			c.startRead(o)
		}
	case OpWhy:
		c.startRead(o)
	case OpList:
		o.part, o.hash = in.Partition, in.Hash
		c.startList(o)
	case OpFlush:
		c.startFlush(o)
	case OpServers, OpConverged:
		c.complete(o)
	default:
		c.startChange(o)
	}
}

// startChange begins an operation that may write.
func (c *Core) startChange(o *op) {
	if o.kind == OpSet && o.blind() {
		wait := c.waitGate
		if o.large() {
			wait = c.waitOwnGate
		}
		if !wait(o) {
			c.startWrite(o)
		}
		return
	}
	if c.enterGate(o) {
		c.startRead(o)
	}
}

// blind tells that a set needs to know nothing of what is stored.
func (o *op) blind() bool {
	return o.flags&(FlagNX|FlagXX|FlagGet|FlagKeepTTL) == 0
}

func (c *Core) refuse(in *Input, k fault.Kind) {
	c.e.Replies = append(c.e.Replies, Reply{Code: ReplyFault, Fault: k, Conn: in.Conn, Tag: in.Tag})
}

// startWrite begins a blind set.
func (c *Core) startWrite(o *op) {
	o.val, o.code = o.arg, ReplyOK
	expiry := c.setExpiry(o, 0)
	if expiry != 0 && expiry <= c.time.expiry { // already over: what is stored is its absence
		c.writeRecord(o, kv.Tombstone, 0, nil)
		return
	}
	c.writeRecord(o, kv.Live, expiry, o.val)
}

// setExpiry is the expiry that the operation asks for, or the given one.
func (c *Core) setExpiry(o *op, otherwise int64) int64 {
	switch {
	case o.flags&FlagExpireIn != 0:
		return c.time.expiry + o.n
	case o.flags&FlagExpireAt != 0:
		return o.n
	case o.flags&FlagPersist != 0:
		return 0
	}
	return otherwise
}

// writeRecord stamps the operation's own write and sends it to every copy. Journal space is
// reserved first, so that BUSY truly means that nothing was done.
func (c *Core) writeRecord(o *op, kind kv.Kind, expiry int64, val []byte) {
	o.val = val
	if c.overtakes(o) {
		return
	}
	if !c.reserve(o) {
		c.fail(o, fault.Busy)
		return
	}
	v, ok := c.clock.Stamp(c.time.expiry)
	if !ok {
		o.head.Kind, o.head.Expiry = kind, expiry
		c.awaitCeiling(o)
		return
	}
	c.stamped.remove(&c.ops, o)
	c.assertStamp(o, v)
	c.ahead.leave(o)
	o.write, o.again, o.outrun, o.confirmed, o.relaxed, o.noted, o.corrected = true, false, false, 0, 0, 0, 0
	o.head = kv.Head{
		Version: v, Kind: kind, Expiry: expiry, Length: uint32(len(val)),
		Checksum: kv.Checksum(kind, expiry, val),
	}
	o.stamp = v.Time
	c.stamped.push(&c.ops, o)
	c.outruns(o)
	o.sent = true
	if unseen := c.unseen(o); unseen != 0 {
		c.noteFirst(o, unseen)
		return
	}
	c.settle(o, c.allCopies(), 0)
}

// settle sends o.head to the targets that take it and notes the others as owed. Those in
// owed are noted without being asked.
func (c *Core) settle(o *op, targets, owed table.Copies) {
	o.phase, o.at = phaseSettle, c.time.steady
	o.gen++
	o.waiting = targets & c.takers(o, targets) &^ o.silent
	owed |= targets &^ o.waiting
	relaxed := c.relaxes(o, owed)
	for i := range c.cfg.Geometry.Copies() {
		if o.waiting>>i&1 == 1 {
			c.sendApply(o, i, c.serverOf(o.part, i), relaxed)
		}
	}
	if o.waiting != 0 && o.notes() {
		c.open.enter(&c.ops, o)
	}
	if owed != 0 && o.notes() {
		c.note(o, owed)
	}
	if o.waiting == 0 {
		c.settled(o)
	}
}

// takers is the targets that are sent the record: slow ones only if no other copy takes it, or has it.
func (c *Core) takers(o *op, targets table.Copies) table.Copies {
	up, slow := c.up(o.part)
	if o.notes() && (targets&up&^slow|o.confirmed) != 0 {
		up &^= slow
	}
	return up
}

// notes tells that a copy which misses the record becomes owed it. A repair leaves no note: what it is about
// is noted or marked already, or the next sweep finds it again.
func (o *op) notes() bool { return o.kind < opRepair || o.write }

// copyMissed handles a copy that will not confirm: it is owed the record.
func (c *Core) copyMissed(o *op, copy int) {
	bit := table.Copies(1) << copy
	o.waiting &^= bit
	if o.notes() && !planted.On(planted.MissWithoutNote) {
		c.note(o, bit)
	}
	if o.waiting == 0 {
		c.settled(o)
	}
}

// copyLost handles a copy that was sent the record and does not tell what became of it, or refuses it and holds something newer. What a read has found and writes back may be older than
// what the copy has confirmed meanwhile, sent before: a note of it would be taken for the newest version. So it reads again.
func (c *Core) copyLost(o *op, copy int) {
	if o.write || !o.notes() || planted.On(planted.WriteBackNoted) {
		c.copyMissed(o, copy)
		return
	}
	o.waiting &^= 1 << copy
	o.silent |= 1 << copy
	o.again = true
	if o.waiting == 0 {
		c.settled(o)
	}
}

func (c *Core) applyReply(o *op, copy int, s *server, f *wire.Frame) {
	if o.phase != phaseSettle {
		return
	}
	bit := table.Copies(1) << copy
	switch f.Code {
	case wire.Failed:
		if f.Head.Newer(o.head) {
			c.copyLost(o, copy)
		} else {
			c.copyMissed(o, copy)
		}
		return
	case wire.Newer:
		c.clock.Merge(f.Head.Version)
		if c.supersedes(o, f.Head) {
			break
		}
		// A version from elsewhere: the client must not be told OK for a write that nobody can see.
		c.meets(o)
	}
	held := f.Head
	if f.Code == wire.Flushed || f.Code == wire.Floored || o.head.Newer(held) {
		held = o.head
	}
	if f.Relaxed && !o.again && c.owedStill(o, copy, held) && !planted.On(planted.RelaxedEndsNote) {
		c.copyMissed(o, copy)
		return
	}
	o.waiting &^= bit
	o.answeredSynced(bit, !f.Relaxed)
	o.confirmed |= bit
	c.withhold(o)
	paid := (!f.Relaxed || planted.On(planted.RelaxedEndsNote)) && c.confirmEntry(o.db, o.hash, o.key, copy, held)
	switch {
	case paid && o.kind >= opRepair:
		c.event(Event{Kind: EventPaid, Server: s.number, DB: o.db, Partition: o.part})
	case o.corrected&bit != 0 && f.Code == wire.Applied:
		c.event(Event{Kind: EventLateCorrection, Server: s.number, DB: o.db, Partition: o.part})
	}
	if o.waiting == 0 {
		c.settled(o)
	}
}

// supersedes tells that a newer head which a copy holds settles o's version: only if this
// router stamped it, later.
func (c *Core) supersedes(o *op, held kv.Head) bool {
	return planted.On(planted.TrustNewer) || c.clock.Own(held.Version) || !o.write && o.kind != OpGet && o.kind != OpHead
}

// settled goes on once no confirmation is outstanding.
func (c *Core) settled(o *op) {
	switch {
	case o.again && o.write && o.kind == OpSet && o.blind():
		c.open.leave(&c.ops, o)
		c.stampAgain(o)
	case o.again || o.lost:
		c.open.leave(&c.ops, o)
		c.readAgain(o)
	default:
		c.finish(o)
	}
}

// finish replies once what the operation wrote to the journal is durable, and so is the end of entries that
// its answer may contradict: a restart that found one again would take it for the newest version.
func (c *Core) finish(o *op) {
	o.gen++
	if o.kind < opRepair && o.kind != OpWhy && !planted.On(planted.EndUnsynced) {
		o.waitSeq = max(o.waitSeq, c.ended[o.part])
	}
	if c.awaitSeen(o) {
		return
	}
	if c.withheld(o) && !planted.On(planted.AckBeforeSync) {
		if c.failed {
			c.fail(o, fault.Busy)
			return
		}
		c.await(o)
		return
	}
	c.complete(o)
}

// fail ends an operation with a fault. Once a frame of its write has left, nobody can say that
// nothing was done.
func (c *Core) fail(o *op, k fault.Kind) {
	switch {
	case o.sent && !planted.On(planted.BusyAfterSend):
		k = fault.Unknown
	case k == fault.Busy && c.failed:
		k = fault.NoJournal
	}
	o.code, o.fault = ReplyFault, k
	if o.sent && !c.failed { // until its notes are durable it must not count as settled
		c.finish(o)
		return
	}
	o.waitSeq = 0
	c.complete(o)
}

// complete answers and frees the operation.
func (c *Core) complete(o *op) {
	c.assertDurable(o)
	c.assertSettled(o)
	o.assertRefusal()
	c.stamped.remove(&c.ops, o)
	c.strict.leave(o)
	c.open.leave(&c.ops, o)
	c.ahead.leave(o)
	c.unreserve(o)
	switch o.kind {
	case opRepair, opPay:
		c.repaired(o)
	case OpWhy, OpList, OpServers, OpConverged:
		c.reply(o)
	case OpFlush:
		if o.fault == fault.OK {
			c.tellFlush(o.db)
		}
		c.reply(o)
	default:
		if o.fault == fault.OK {
			c.answerEnds(o)
		}
		c.reply(o)
	}
	if o.kind < OpList && !o.large() && len(o.rbuf) <= wire.LargeValue { // a large value takes long anyway
		c.effort.throttle.Served(c.time.lastMono - o.born)
	}
	charged := o.charged > 0
	c.giveRoom(o)
	c.leaveGate(o)
	c.ops.release(o)
	if charged {
		c.admitLarge()
	}
}

func (c *Core) reply(o *op) {
	r := Reply{Code: o.code, Fault: o.fault, Conn: o.conn, Tag: o.tag, N: o.result}
	from := uint32(len(c.e.Bytes))
	switch o.code {
	case ReplyValue:
		if len(o.rbuf) > wire.LargeValue {
			r.Value = c.handOver(o)
		} else {
			c.e.Bytes = append(c.e.Bytes, o.rbuf...)
		}
	case ReplyHead:
		r.Head = o.found
	case ReplyList:
		c.e.Bytes = append(c.e.Bytes, o.tmp...)
	}
	switch {
	case o.fault != fault.OK:
	case o.kind == OpWhy:
		r.Code = ReplyWhy
		c.appendWhy(o)
	case o.kind == OpServers:
		r.Code = ReplyServers
		c.appendServers()
	case o.kind == OpConverged:
		r.Code = ReplyConverged
		c.appendConverged()
	}
	r.Bytes = Range{from, uint32(len(c.e.Bytes))}
	c.e.Replies = append(c.e.Replies, r)
}
