package coord

import (
	"bytes"
	"slices"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
)

// tally is what became of the entries since the start.
//
// Invariant: made = paid + flushed + collapsed + those in the table.
type tally struct{ made, paid, flushed, collapsed uint64 }

// unsettled lists, by a part of the key's hash, the operations that copies have yet to confirm, or that wait for the journal. Such a
// key does not collapse: if the operation's version is older than the entry's and a copy misses it, its note would stand in the
// place of the newer one that has become a mark, and would be taken for the newest version; and if the only holder is wiped before
// the client is answered, the entry must be there to take the record back (keepAgain). Keys that share a part of their hash wait
// for each other, which costs room for a moment.
type unsettled struct {
	keys [1 << 15]int32 // the one that came last, its place + 1
	live int
}

func (u *unsettled) at(h kv.Hash) *int32 { return &u.keys[h%kv.Hash(len(u.keys))] }

// has tells that there may be one of the key.
func (u *unsettled) has(h kv.Hash) bool { return *u.at(h) != 0 }

// first is the one that came last, or noOp; openNext leads on.
func (u *unsettled) first(h kv.Hash) opID { return opID(*u.at(h) - 1) }

// newest is the one that came last of those of whom it is true; nil if there is none.
func (u *unsettled) newest(s *slab, h kv.Hash, is func(*op) bool) *op {
	for id := u.first(h); id != noOp; {
		o := s.get(id)
		if is(o) {
			return o
		}
		id = o.openNext
	}
	return nil
}

func (u *unsettled) enter(s *slab, o *op) {
	if o.open {
		return
	}
	u.live++
	first := u.at(o.hash)
	o.open, o.openNext, o.openPrev = true, opID(*first-1), noOp
	if o.openNext != noOp {
		s.get(o.openNext).openPrev = o.id
	}
	*first = int32(o.id) + 1
}

func (u *unsettled) leave(s *slab, o *op) {
	if !o.open {
		return
	}
	u.live--
	o.open = false
	if o.openPrev == noOp {
		*u.at(o.hash) = int32(o.openNext) + 1
	} else {
		s.get(o.openPrev).openNext = o.openNext
	}
	if o.openNext != noOp {
		s.get(o.openNext).openPrev = o.openPrev
	}
}

// pass is one time through the partitions in search of room. It takes as many steps as it needs: if each step began it again,
// partitions that are tried in vain would keep it from those behind them for as long as their holders are away.
type pass struct {
	at    int64 // steady milliseconds from when on room is looked for
	tried partitionSet
}

// again says that there is something to collapse in the partition.
func (t *pass) again(p kv.Partition) {
	t.at = 0
	t.tried.remove(p)
}

const (
	// roomMillis spaces passes.
	roomMillis = 100
	// maxCollapses bounds the partitions that collapse in one step: it must not stand still for it.
	maxCollapses = 8
)

// makeRoom collapses partitions, the largest first, while the table is over its budget. An entry whose
// holders are all away stays: an entry is made only while a copy takes the write, or under the buffer's cap, so that
// the table is bounded all the same; and a volume may be lost while its server is away.
func (c *Core) makeRoom() {
	if c.time.steady < c.pass.at || c.failed {
		return
	}
	for n := 0; n < maxCollapses; n++ {
		p, found := c.largestUntried()
		if !found {
			c.pass = pass{at: c.time.steady + roomMillis}
			return
		}
		c.pass.tried.add(p)
		c.collapse(p)
		if c.table.Bytes() <= c.tableBudget() {
			c.pass = pass{}
			return
		}
	}
}

// largestUntried is the partition that may make the most room.
func (c *Core) largestUntried() (p kv.Partition, found bool) {
	most := 0
	for i := range kv.Partition(kv.Partitions) {
		if n := c.table.PartHeld(i); n > most && !c.pass.tried.has(i) && c.readyCopies(i) != 0 {
			p, most = i, n
		}
	}
	return p, most != 0
}

// readyCopies is the copies whose servers have a session.
func (c *Core) readyCopies(p kv.Partition) (ready table.Copies) {
	for i := range c.cfg.Geometry.Copies() {
		if c.serverOf(p, i).phase == sessionReady {
			ready |= 1 << i
		}
	}
	return ready
}

// collapse turns the partition's entries that a live server holds into dirty marks of the copies that are owed
// them, in one step, so that the journal has either.
func (c *Core) collapse(p kv.Partition) {
	live, owed, n := c.readyCopies(p), table.Copies(0), 0
	var slot table.Slot
	for e, at := c.table.Next(p, table.Cursor{}, &slot); e != nil; e, at = c.table.Next(p, at, &slot) {
		if c.collapses(e, live) {
			owed |= e.Owed
			n++
		}
	}
	if n == 0 {
		return
	}
	if n == c.table.PartLen(p) {
		c.dropPartition(p)
	} else {
		c.dropHeld(p, live)
	}
	c.sweep.generation++
	for i := range c.cfg.Geometry.Copies() {
		if owed>>i&1 == 1 && !planted.On(planted.CollapseWithoutMark) {
			c.mark(c.serverOf(p, i), p)
		}
	}
	c.ended[p] = c.journal.seq
	c.conv.proved[p] = 0
	c.tally.collapsed += uint64(n)
	c.event(Event{Kind: EventCollapsed, Partition: p, N: int64(n)})
}

// collapses tells that a mark can take the entry's place: a live copy holds it, and nothing under way may leave an
// older note of its key.
func (c *Core) collapses(e *table.Slot, live table.Copies) bool {
	return e.Held&live != 0 && (!c.open.has(e.Hash) || planted.On(planted.OpenCollapses))
}

// dropPartition ends all entries at once.
func (c *Core) dropPartition(p kv.Partition) {
	var slot table.Slot
	for e, at := c.table.Next(p, table.Cursor{}, &slot); e != nil; e, at = c.table.Next(p, at, &slot) {
		c.uncount(e)
	}
	c.delBetween(rowEntry, p, nil)
	c.delBetween(rowValue, p, nil)
	c.table.Drop(p)
}

// dropHeld ends the entries that marks take the place of. Their rows end as the ranges between those that stay: one
// by one they would be more than a step may carry.
func (c *Core) dropHeld(p kv.Partition, live table.Copies) {
	var slot table.Slot
	var kept [][]byte
	for e, at := c.table.Next(p, table.Cursor{}, &slot); e != nil; e, at = c.table.Next(p, at, &slot) {
		if !c.collapses(e, live) {
			kept = append(kept, bytes.Clone(c.entryKey(e)[1:]))
			continue
		}
		c.uncount(e)
		c.table.Remove(e)
	}
	slices.SortFunc(kept, bytes.Compare)
	c.delBetween(rowEntry, p, kept)
	c.delBetween(rowValue, p, kept)
	c.table.Compact(p)
}

// delBetween ends all rows of a kind in the partition but those with the keys, which ascend.
func (c *Core) delBetween(kind byte, p kv.Partition, kept [][]byte) {
	from := c.bytesToJournal(c.numberedKey(kind, uint16(p)))
	for _, key := range kept {
		to := c.bytesToJournal(append(append(c.keyBuf[:0], kind), key...))
		c.emit(JournalOp{Delete: true, Key: from, End: to})
		from = c.bytesToJournal(append(append(append(c.keyBuf[:0], kind), key...), 0)) // the next key there can be
	}
	to := c.bytesToJournal(be.AppendUint16(append(c.keyBuf[:0], kind), uint16(p)+1))
	c.emit(JournalOp{Delete: true, Key: from, End: to})
}

// mark makes a copy dirty in the partition, under the present generation.
func (c *Core) mark(s *server, p kv.Partition) {
	s.setDirty(p, c.sweep.generation)
	if planted.On(planted.MarkNotJournaled) {
		return
	}
	c.put(c.numberedKey(rowDirty, uint16(s.number), uint16(p)), le.AppendUint64(c.numBuf[:0], c.sweep.generation))
}
