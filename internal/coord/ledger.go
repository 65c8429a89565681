package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
)

const (
	// ceilingRoomMillis is how far the durable ceiling stands above the clock. It is also the
	// most that an unclean restart moves versions ahead of the wall clock.
	ceilingRoomMillis = 3000
	// metaMillis is how far settled-through, ceiling and apply sequences may lag on disk.
	metaMillis = 1000
	// entryOverhead is what an entry costs beside its key and value, in bytes, on disk and in memory.
	entryOverhead = 128
)

// ledger is the core's side of the journal: what was emitted, what is durable, what waits for it.
type ledger struct {
	seq     uint64 // of the latest operation
	synced  uint64
	emitted bool // in this step

	reserved, used int64 // bytes

	waiting []opID // ring of operations in the order of the sequence they wait for
	head    int
	count   int

	metaSeq   uint64 // of the latest meta row
	metaDirty bool
	metaAt    int64 // steady milliseconds
	pending   meta  // written at metaSeq
	durable   meta
	saved     uint64 // settled-through as it was last emitted
}

// meta is the row that lags: what must survive but need not be exact.
type meta struct {
	ceiling    uint64
	settled    uint64
	mark       int64 // expiry clock
	generation uint64
}

// put emits a row. The key was built in c.keyBuf, the value follows in parts.
func (c *Core) put(key []byte, parts ...[]byte) {
	e := c.e
	op := JournalOp{Key: c.bytesToJournal(key)}
	op.Value.From = uint32(len(e.JournalBytes))
	for _, p := range parts {
		e.JournalBytes = append(e.JournalBytes, p...)
	}
	op.Value.To = uint32(len(e.JournalBytes))
	c.emit(op)
}

func (c *Core) del(key []byte) {
	c.emit(JournalOp{Delete: true, Key: c.bytesToJournal(key)})
}

func (c *Core) emit(op JournalOp) {
	c.journal.seq++
	if c.failed {
		return // what waits for it waits in vain
	}
	c.e.Journal = append(c.e.Journal, op)
	c.journal.emitted = true
}

func (c *Core) bytesToJournal(b []byte) Range {
	from := uint32(len(c.e.JournalBytes))
	c.e.JournalBytes = append(c.e.JournalBytes, b...)
	return Range{from, uint32(len(c.e.JournalBytes))}
}

// awaitCeiling parks a write until a higher ceiling is durable: the clock has merged a version from
// above it.
func (c *Core) awaitCeiling(o *op) {
	c.writeMeta(c.clock.Next(c.time.expiry, ceilingRoomMillis), c.settledThrough())
	if c.failed {
		c.fail(o, fault.Busy)
		return
	}
	if o.kind != OpFlush {
		c.holdGate(o)
	}
	o.waitSeq = max(o.waitSeq, c.journal.metaSeq)
	c.await(o)
	o.phase = phaseStamp
}

// await parks an operation until its sequence is durable.
func (c *Core) await(o *op) {
	j := &c.journal
	if j.count == len(j.waiting) {
		bigger := make([]opID, max(64, 2*len(j.waiting)))
		for i := range j.count {
			bigger[i] = j.waiting[(j.head+i)%len(j.waiting)]
		}
		j.waiting, j.head = bigger, 0
	}
	if j.count > 0 { // keep the order: waiting longer than needed is harmless
		last := c.ops.get(j.waiting[(j.head+j.count-1)%len(j.waiting)])
		o.waitSeq = max(o.waitSeq, last.waitSeq)
	}
	o.phase = phaseJournal
	j.waiting[(j.head+j.count)%len(j.waiting)] = o.id
	j.count++
}

func (c *Core) journalSynced(seq uint64) {
	j := &c.journal
	if seq > j.seq {
		panic("coord: the journal synced what was never emitted")
	}
	j.synced = max(j.synced, seq)
	if j.metaSeq != 0 && j.synced >= j.metaSeq {
		j.durable = j.pending
		c.clock.Raise(j.durable.ceiling)
		j.metaSeq = 0
		c.serving = !c.failed
	}
	for j.count > 0 {
		o := c.ops.get(j.waiting[j.head])
		if o.waitSeq > j.synced {
			break
		}
		j.head = (j.head + 1) % len(j.waiting)
		j.count--
		switch {
		case o.phase != phaseStamp:
			c.complete(o)
		case o.kind == OpFlush:
			c.startFlush(o)
		case o.found.Exists() && c.flushed(o.db, o.found.Version):
			c.startAgain(o) // a flush that waited too came between its reading and its write
		default:
			c.writeRecord(o, o.head.Kind, o.head.Expiry, o.val)
		}
	}
	for i := range c.servers {
		c.sessionSynced(&c.servers[i])
	}
}

func (c *Core) tickJournal() {
	j := &c.journal
	low := c.clock.Ceiling() < c.clock.Next(c.time.expiry, ceilingRoomMillis/3)
	moved := c.settledThrough() != j.saved || j.metaDirty
	busy := c.stamped.inited && c.stamped.first != noOp
	if c.time.steady-j.metaAt < metaMillis || (!moved && !(busy && low)) {
		return
	}
	c.writeMeta(c.clock.Next(c.time.expiry, ceilingRoomMillis), c.settledThrough())
}

// writeMeta emits the lagging rows, unless they are on their way: the next tick sees to that. What servers
// confirmed goes with settled-through: a volume rolled back to before it must be noticed.
func (c *Core) writeMeta(ceiling, settled uint64) {
	j := &c.journal
	if j.metaSeq != 0 || c.failed {
		return
	}
	j.pending = meta{ceiling: ceiling, settled: settled, mark: c.time.expiry, generation: c.sweep.generation}
	c.writeApplied()
	c.put(metaKey, c.appendMeta(&j.pending))
	j.metaSeq, j.metaAt, j.saved, j.metaDirty = j.seq, c.time.steady, settled, false
}

// observeExpired sees to it that a key once answered as expired stays so: the expiry clock's mark must be
// durable at or above its expiry before the answer leaves.
func (c *Core) observeExpired(o *op, expiry int64) {
	j := &c.journal
	if expiry <= j.durable.mark {
		return
	}
	if j.metaSeq == 0 {
		c.writeMeta(max(c.clock.Ceiling(), c.clock.Next(c.time.expiry, ceilingRoomMillis)), c.settledThrough())
	}
	if j.pending.mark < expiry { // one on its way is too low: write the mark alone
		c.put(markKey, le.AppendUint64(c.numBuf[:0], uint64(c.time.expiry)))
		j.metaDirty = true
	}
	o.waitSeq = max(o.waitSeq, j.seq)
}

// reserve sets journal space aside for a write that may have to be noted. Without it nothing is sent.
func (c *Core) reserve(o *op) bool {
	size := int64(len(o.key)+len(o.val)) + entryOverhead
	j := &c.journal
	if c.failed || j.used+j.reserved+size > c.cfg.JournalCap {
		return false
	}
	j.reserved += size
	o.reserved = size
	return true
}

func (c *Core) unreserve(o *op) {
	c.journal.reserved -= o.reserved
	o.reserved = 0
}

// entrySize is what a slot costs of the budget.
func entrySize(s *table.Slot, keyLen int) int64 {
	size := int64(keyLen) + entryOverhead
	if s.Record {
		size += int64(s.Head.Length)
	}
	return size
}

// note writes down that the copies are owed o's record, with the record.
func (c *Core) note(o *op, owed table.Copies) {
	if c.failed {
		o.waitSeq = never
		return
	}
	if c.flushed(o.db, o.head.Version) {
		o.waitSeq = max(o.waitSeq, c.flushes[o.db].seq)
		return
	}
	var slot table.Slot
	s := c.table.Find(o.db, o.hash, o.key, &slot)
	switch {
	case s == nil:
		c.insertNote(o, nil, owed&^o.confirmed)
	case s.Head.Newer(o.head):
		// The newer entry covers this version on copies that confirmed it or are owed it; on one that
		// was sent the newer version and has not answered, nothing durable does yet.
		before := s.Owed
		if c.setOwed(s, s.Owed|owed&^(s.Held|o.confirmed)) {
			c.putEntry(s)
			c.tellOwed(s, before)
		}
	case s.Head == o.head:
		before := s.Owed
		if c.setOwed(s, s.Owed|owed&^o.confirmed) {
			c.putEntry(s)
			c.tellOwed(s, before)
		}
	default:
		c.journal.used -= entrySize(s, len(o.key))
		c.countBuffered(s, -1)
		c.insertNote(o, s, (s.Owed|owed)&^o.confirmed)
		c.ended[o.part] = c.journal.seq // until then a restart finds the older one
	}
	o.waitSeq = max(o.waitSeq, c.journal.seq)
}

// insertNote makes the entry, or replaces the older one s.
func (c *Core) insertNote(o *op, s *table.Slot, owed table.Copies) {
	c.unreserve(o)
	record := o.head.Kind == kv.Live && (o.confirmed == 0 || c.journal.used < c.budget())
	had := s != nil && s.Record // of an older version
	if s == nil {
		s = &table.Slot{Hash: o.hash, DB: o.db, Head: o.head, Held: o.confirmed, Record: record}
		c.table.Insert(s, o.key)
	} else {
		c.table.SetHead(s, o.head)
		c.table.SetHeld(s, o.confirmed)
		c.table.SetRecord(s, record)
	}
	c.journal.used += entrySize(s, len(o.key))
	c.setOwed(s, owed)
	c.countBuffered(s, +1)
	c.putEntry(s)
	switch {
	case s.Record:
		c.put(c.valueKey(s), o.val)
	case had:
		c.del(c.valueKey(s))
	}
	c.tellOwed(s, 0)
}

// tellOwed tells who is owed an entry now that was not before.
func (c *Core) tellOwed(s *table.Slot, before table.Copies) {
	p := s.Hash.Partition()
	for i := range c.cfg.Geometry.Copies() {
		if (s.Owed&^before)>>i&1 == 1 {
			c.event(Event{Kind: EventOwed, Server: c.serverOf(p, i).number, DB: s.DB, Partition: p})
		}
	}
	if s.Held == 0 && s.Owed == c.allCopies() {
		c.event(Event{Kind: EventBuffered, DB: s.DB, Partition: p})
	}
	c.conv.proved[p] = 0
}

// putEntry writes the slot's row, without its value.
func (c *Core) putEntry(s *table.Slot) {
	row := s.Head.Append(c.rowBuf[:0])
	row = append(row, byte(s.Owed), byte(s.Held), boolByte(s.Record))
	c.put(c.entryKey(s), row)
}

// setOwed changes who is owed an entry, with the counts that hang on it.
func (c *Core) setOwed(s *table.Slot, owed table.Copies) (changed bool) {
	if owed == s.Owed {
		return false
	}
	p := s.Hash.Partition()
	for i := range c.cfg.Geometry.Copies() {
		bit := table.Copies(1) << i
		srv := c.serverOf(p, i)
		switch {
		case owed&bit != 0 && s.Owed&bit == 0:
			srv.owed++
			c.owedTotal++
		case owed&bit == 0 && s.Owed&bit != 0:
			srv.owed--
			c.owedTotal--
		}
	}
	c.table.SetOwed(s, owed)
	return true
}

func (c *Core) countBuffered(s *table.Slot, by int) {
	if s.Held == 0 {
		c.buffered = uint64(int64(c.buffered) + int64(by))
	}
}

// confirmEntry takes a copy's durable confirmation, in its present session, of head h or a newer one.
func (c *Core) confirmEntry(db kv.DB, hash kv.Hash, key []byte, copy int, h kv.Head) (paid bool) {
	var slot table.Slot
	s := c.table.Find(db, hash, key, &slot)
	if s == nil || s.Head.Newer(h) || c.failed {
		return false
	}
	bit := table.Copies(1) << copy
	paid = s.Owed&bit != 0
	if s.Held&bit == 0 {
		c.countBuffered(s, -1)
		c.table.SetHeld(s, s.Held|bit)
		c.countBuffered(s, +1)
		c.shrink(s)
	}
	if !c.setOwed(s, s.Owed&^bit) {
		return paid
	}
	if s.Owed == 0 {
		c.dropEntry(s)
	} else {
		c.putEntry(s)
	}
	return paid
}

// shrink lets go of the record of an entry that a server holds, once the journal is past its budget.
func (c *Core) shrink(s *table.Slot) {
	if !s.Record || s.Busy || c.journal.used < c.budget() {
		return
	}
	c.journal.used -= int64(s.Head.Length)
	c.table.SetRecord(s, false)
	c.putEntry(s)
	c.del(c.valueKey(s))
}

// dropEntry ends an entry that is owed to nobody.
func (c *Core) dropEntry(s *table.Slot) {
	c.journal.used -= entrySize(s, len(c.table.Key(s)))
	c.countBuffered(s, -1)
	c.del(c.entryKey(s))
	if s.Record {
		c.del(c.valueKey(s))
	}
	c.ended[s.Hash.Partition()] = c.journal.seq
	c.setOwed(s, 0)
	c.table.Remove(s)
	c.sweep.soon = c.sweep.soon || c.table.Len() == 0
}
