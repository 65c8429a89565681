package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/ring"
)

// Internal operations, behind those of clients.
const (
	opRepair Op = 128 + iota // make all copies of a key equal
	opPay                    // early correction: write the journal's record to the copies that are owed it
	opSync                   // repair the differences of one partition
)

// phase is what an operation waits for.
type phase uint8

const (
	phaseIdle    phase = iota
	phaseGate          // an earlier operation of the key
	phaseRead          // answers of copies
	phaseFetch         // the full record of one copy
	phaseRoom          // room for a large value
	phaseRow           // the journal's record
	phaseSettle        // confirmations
	phaseStamp         // a ceiling above what the clock has seen
	phaseNote          // the sync of a note, before anything is sent
	phaseJournal       // the sync of what it wrote
	phaseList          // pages of copies
)

// opID is an operation's place in the slab.
type opID int32

const noOp opID = -1

// op is one pending operation. Its buffers stay with the place and are used again.
type op struct {
	id     opID
	gen    uint32 // changes whenever answers under way no longer matter
	kind   Op
	phase  phase
	flags  Flag
	code   ReplyCode
	fault  fault.Kind
	db     kv.DB
	part   kv.Partition
	hash   kv.Hash
	conn   ConnID
	tag    uint64
	n      int64 // argument
	result int64
	at     int64 // steady milliseconds of the latest phase
	born   int64 // monotonic nanoseconds

	asked     table.Copies // by the reading under way
	waiting   table.Copies // asked, not answered
	answered  table.Copies
	vouched   table.Copies // vouched for the key when they were asked
	rotten    table.Copies
	late      table.Copies // asked, past the deadline
	hung      table.Copies // given up while it was to send the whole record
	silent    table.Copies // did not tell what became of what the read wrote back
	confirmed table.Copies // settled there
	relaxed   table.Copies // of those that confirmed or answered: perhaps not synced yet
	noted     table.Copies // a note or a mark covers the write there
	corrected table.Copies // written back to
	basis     basis        // of what was found
	heads     [ring.MaxCopies]kv.Head

	write     bool // head is this operation's own write, not one that it found
	gated     bool // holds the key's gate
	stamped   bool // is in the stamp list
	sent      bool // a frame of its own write has left
	strict    bool // is counted in Core.strict
	open      bool // is counted in Core.open
	ahead     bool // is counted in Core.ahead
	outrun    bool // and a later command has written the key
	again     bool // a copy holds something newer from elsewhere: execute again
	lost      bool // after settling, read again: the record was declared lost
	freed     bool // of a payment: it is late, its entry is another one's to pay
	everyone  bool // ask slow copies too: the others could not answer
	retries   uint8
	aheadThen uint64       // Core.ahead.ended when the reading began
	head      kv.Head      // being settled
	found     kv.Head      // the newest that was read
	floor     kv.Head      // of the table when the reading began
	floorHeld table.Copies // the copies that held it then
	refusals  uint64       // by its copies' servers by then
	ended     uint64       // Core.ended of the partition by then
	readFrom  int64        // the expiry clock by then
	before    kv.Version   // what had been answered of the key when the request came
	own       kv.Version   // what it wrote before it read again
	spoilt    kv.Version   // of the newest rotten record that was told
	fullHead  kv.Head      // whose value rbuf holds
	stamp     uint64       // time of the version it stands in the stamp list with
	reserved  int64
	charged   int64  // bytes of c.room
	owner     int32  // of a repair: see repair.go
	paid      uint32 // bytes of a payment
	waitSeq   uint64 // of the journal, before the reply

	key  []byte
	arg  []byte // the client's value
	rbuf []byte // the value that was read
	tmp  []byte
	val  []byte // the value being settled: arg, rbuf or tmp

	next, prev         opID // stamp list
	openNext, openPrev opID // of Core.open
	nextGate           opID
	nextFree           opID
	list               *listing
}

// keepBuffer is the largest buffer that a free place keeps, in bytes.
const keepBuffer = 16 << 10

// slab holds the operations in chunks, so that they never move.
type slab struct {
	chunks [][]op
	free   opID
	live   int
	inited bool
}

const chunkSize = 64

func (s *slab) get(id opID) *op { return &s.chunks[id/chunkSize][id%chunkSize] }

func (s *slab) alloc() *op {
	if !s.inited {
		s.free, s.inited = noOp, true
	}
	if s.free == noOp {
		s.grow()
	}
	o := s.get(s.free)
	s.free = o.nextFree
	s.live++
	return o
}

// each calls f for every place, free ones too: rare events only.
func (s *slab) each(f func(*op)) {
	for _, chunk := range s.chunks {
		for i := range chunk {
			f(&chunk[i])
		}
	}
}

func (s *slab) grow() {
	chunk := make([]op, chunkSize)
	base := opID(len(s.chunks) * chunkSize)
	for i := range chunk {
		chunk[i].id = base + opID(i)
		chunk[i].nextFree = base + opID(i) + 1
	}
	chunk[chunkSize-1].nextFree = noOp
	s.chunks = append(s.chunks, chunk)
	s.free = base
}

// release gives the place back. The generation rises, so that late answers miss it.
func (s *slab) release(o *op) {
	*o = op{
		id: o.id, gen: o.gen + 1, nextFree: s.free,
		key: kept(o.key), arg: kept(o.arg), rbuf: kept(o.rbuf), tmp: kept(o.tmp),
	}
	s.free = o.id
	s.live--
}

func kept(b []byte) []byte {
	if cap(b) > keepBuffer {
		return nil
	}
	return b[:0]
}

// stampList is the in-flight writes in the order of their versions: the first is the bound
// of settled-through.
type stampList struct {
	first, last opID
	inited      bool
}

func (l *stampList) push(s *slab, o *op) {
	if !l.inited {
		l.first, l.last, l.inited = noOp, noOp, true
	}
	o.stamped, o.next, o.prev = true, noOp, l.last
	if l.last == noOp {
		l.first = o.id
	} else {
		s.get(l.last).next = o.id
	}
	l.last = o.id
}

func (l *stampList) remove(s *slab, o *op) {
	if !o.stamped {
		return
	}
	o.stamped = false
	if o.prev == noOp {
		l.first = o.next
	} else {
		s.get(o.prev).next = o.next
	}
	if o.next == noOp {
		l.last = o.prev
	} else {
		s.get(o.next).prev = o.prev
	}
}

// settledThrough is the highest time at or below which every stamped write is settled.
func (c *Core) settledThrough() uint64 {
	if c.failed { // nothing that was noted since is durable
		return c.journal.saved
	}
	if c.stamped.inited && c.stamped.first != noOp && !planted.On(planted.SettledTooHigh) {
		return c.ops.get(c.stamped.first).stamp - 1
	}
	return c.clock.Last()
}
