package coord

import (
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
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

	used     int64 // bytes of all entries
	buffered int64 // bytes of those that no server has confirmed
	reserved int64 // bytes set aside for writes that no server could take when they were stamped

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
	seq        uint64 // its own: what servers are told of is in the journal, whatever becomes of the rest
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

// putValue emits the row of a record's value.
func (c *Core) putValue(key, val []byte) {
	if len(val) <= wire.LargeValue {
		c.put(key, val)
		return
	}
	c.emit(JournalOp{Key: c.bytesToJournal(key), Shared: val})
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
	if o.kind != OpFlush && !planted.On(planted.CeilingPassed) {
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
	if c.failed {
		return // told too late
	}
	j.synced = max(j.synced, seq)
	if j.metaSeq != 0 && j.synced >= j.metaSeq {
		j.durable = j.pending
		c.clock.Raise(j.durable.ceiling)
		j.metaSeq = 0
		c.serving = true
	}
	c.wake()
	for i := range c.servers {
		c.sessionSynced(&c.servers[i])
	}
	c.adoptionSynced()
}

// wake goes on with what waited for the journal, as far as it is synced.
func (c *Core) wake() {
	j := &c.journal
	for j.count > 0 && !c.doubt.on {
		o := c.ops.get(j.waiting[j.head])
		if o.waitSeq > j.synced {
			break
		}
		j.head = (j.head + 1) % len(j.waiting)
		j.count--
		switch {
		case o.phase == phaseNote:
			c.settle(o, c.allCopies(), 0)
		case o.phase != phaseStamp && !c.awaitSeen(o):
			c.complete(o)
		case o.phase != phaseStamp: // one that was on its way was too low
		case o.kind == OpFlush:
			c.startFlush(o)
		case o.found.Exists() && c.flushed(o.db, o.found.Version):
			c.startAgain(o) // a flush that waited too came between its reading and its write
		default:
			c.writeRecord(o, o.head.Kind, o.head.Expiry, o.val)
		}
	}
}

func (c *Core) tickJournal() {
	j := &c.journal
	low := c.clock.Ceiling() < c.clock.Next(c.time.expiry, ceilingRoomMillis/3)
	moved := c.settledThrough() != j.saved || j.metaDirty || j.seq != j.pending.seq
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
	j.pending.seq = j.seq + 1
	c.put(metaKey, c.appendMeta(&j.pending))
	j.metaSeq, j.metaAt, j.saved, j.metaDirty = j.seq, c.time.steady, settled, false
}

// observeExpired sees to it that a key once answered as expired stays so: the expiry clock's mark must be
// durable at or above its expiry before the answer leaves.
func (c *Core) observeExpired(o *op, expiry int64) {
	j := &c.journal
	if expiry <= j.durable.mark || planted.On(planted.ForgetMark) {
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

// reserve sees to it, before anything is sent, that the journal will take the write. Room for one that a server
// holds can always be made: it shrinks, or collapses into a mark. Only what no server can take needs room of
// its own: no server is up, or those that are up are slow, and may hang. A write whose server goes away before it has
// confirmed, or that has to be stamped again, may pass the cap, by what is in flight.
func (c *Core) reserve(o *op) bool {
	j := &c.journal
	if c.failed {
		return false
	}
	if up, slow := c.up(o.part); o.reserved > 0 || o.sent || up&^slow != 0 || planted.On(planted.SlowPassesCap) && up != 0 {
		return true
	}
	size := int64(len(o.key)+len(o.val)) + entryOverhead
	if j.buffered+j.reserved+size > c.cfg.BufferCap && !planted.On(planted.BufferUnbounded) || c.table.Bytes() > c.cfg.TableBudget+c.cfg.TableBudget/8 {
		return false
	}
	j.reserved += size
	o.reserved = size
	return true
}

func (c *Core) unreserve(o *op) {
	if !planted.On(planted.ReserveKept) {
		c.journal.reserved -= o.reserved
	}
	o.reserved = 0
}
