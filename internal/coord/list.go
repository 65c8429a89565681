package coord

import (
	"bytes"
	"slices"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// listing is the state of one OpList.
type listing struct {
	walk    walk
	entries []wire.Entry // of the journal's table, as the listing began and as it ends: what is paid meanwhile may miss in a page
}

// startList asks every copy of a partition that is up for a page of a database's keys; slow ones only if no
// other can speak for it.
func (c *Core) startList(o *op) {
	o.phase, o.at = phaseList, c.time.steady
	o.gen++
	o.list = &listing{}
	o.hash = max(o.hash, o.part.First())
	o.list.walk.restart(cursorAt(o.db, o.hash))
	c.listEntries(o)
	limit := uint32(min(max(o.n, 1)*64, 256<<10)) + 4096
	up, slow := c.up(o.part)
	o.answered, o.vouched, o.late = 0, 0, 0
	for i := range c.cfg.Geometry.Copies() {
		if up>>i&1 == 1 && !c.serverOf(o.part, i).isDirty(o.part) { // what it is owed key by key, the table says
			o.vouched |= 1 << i
		}
	}
	if !o.everyone && o.vouched&^slow != 0 {
		up &^= slow
		o.vouched &= up
	}
	o.asked, o.waiting = up, up
	for i := range c.cfg.Geometry.Copies() {
		if up>>i&1 == 0 {
			continue
		}
		s := c.serverOf(o.part, i)
		c.frameOut = wire.Frame{
			Type: wire.List, Code: wire.ListDB, Relaxed: c.cfg.Durability.Relaxed(), Partition: o.part, DB: o.db,
			Hash: o.list.walk.at.hash, Limit: limit,
		}
		c.send(s, &c.frameOut, ticketState{op: o.id, gen: o.gen, copy: uint8(i)})
	}
	if o.waiting == 0 {
		c.listed(o)
	}
}

func (c *Core) listReply(o *op, copy int, f *wire.Frame) {
	if f.Code != wire.StatusOK {
		c.listGone(o, copy)
		return
	}
	w := c.walkOf(o)
	w.fill(copy, f)
	o.answered |= 1 << copy
	o.late &^= 1 << copy
	if o.waiting &^= 1 << copy; o.waiting != 0 {
		return
	}
	if o.kind == opSync {
		c.jobListed(o)
	} else {
		c.listed(o)
	}
}

func (c *Core) walkOf(o *op) *walk {
	if o.kind == opSync {
		return &c.jobs.list[-o.owner-1].walk
	}
	return &o.list.walk
}

func (c *Core) listGone(o *op, copy int) {
	if o.kind == opSync {
		c.abortJob(o)
		return
	}
	if o.waiting &^= 1 << copy; o.waiting == 0 {
		c.listed(o)
	}
}

// listed merges the pages with the journal's table and answers with the keys that can be seen.
func (c *Core) listed(o *op) {
	if o.vouched&o.answered == 0 && o.answered != c.allCopies() {
		if c.unasked(o) {
			o.everyone = true
			c.startList(o)
			return
		}
		c.cannotRead(o)
		return
	}
	l := o.list
	c.listEntries(o)
	l.sort()
	o.code, o.result, o.tmp = ReplyList, 0, o.tmp[:0]
	group, groupAt, found := o.hash, 0, int64(0)
	for {
		e, ok := l.merge(o.answered, c.flushes[o.db].version)
		if !ok {
			break
		}
		hash := kv.HashKey(e.DB, e.Key)
		if hash != group {
			if found >= o.n && o.n > 0 {
				o.result = int64(hash)
				c.finishList(o)
				return
			}
			group, groupAt = hash, len(o.tmp)
		}
		if e.Head.LiveAt(c.time.expiry) {
			o.tmp = wire.AppendEntry(o.tmp, e)
			found++
		}
	}
	if l.walk.open(o.answered) {
		// The page ended, perhaps inside a group of equal hashes: leave the group to the next.
		if group > o.hash {
			o.tmp = o.tmp[:min(groupAt, len(o.tmp))]
			o.result = int64(group)
		} else {
			o.result = int64(group) + 1
		}
	}
	c.finishList(o)
}

func (c *Core) finishList(o *op) {
	if f := &c.flushes[o.db]; f.seq > c.journal.synced {
		o.waitSeq = max(o.waitSeq, f.seq)
	}
	c.finish(o)
}

// listEntries collects what the table knows of the partition and database.
func (c *Core) listEntries(o *op) {
	l := o.list
	var slot table.Slot
	for s, at := c.table.Next(o.part, table.Cursor{}, &slot); s != nil; s, at = c.table.Next(o.part, at, &slot) {
		if s.DB == o.db && s.Hash >= o.hash {
			l.entries = append(l.entries, wire.Entry{DB: s.DB, Head: s.Head, Key: bytes.Clone(c.table.Key(s))})
		}
	}
	if len(l.entries) > 0 { // what is shown for their sake must not be forgotten
		o.waitSeq = max(o.waitSeq, c.journal.seq)
	}
}

// sort puts the entries into listing order, and keeps the newest of each key.
func (l *listing) sort() {
	slices.SortFunc(l.entries, func(a, b wire.Entry) int {
		order := compareEntries(a, b)
		if order == 0 && a.Head != b.Head {
			order = 1
			if a.Head.Newer(b.Head) {
				order = -1
			}
		}
		return order
	})
	l.entries = slices.CompactFunc(l.entries, func(a, b wire.Entry) bool { return compareEntries(a, b) == 0 })
}

func compareEntries(a, b wire.Entry) int {
	ha, hb := kv.HashKey(a.DB, a.Key), kv.HashKey(b.DB, b.Key)
	switch {
	case ha < hb:
		return -1
	case ha > hb:
		return 1
	}
	return bytes.Compare(a.Key, b.Key)
}

// merge gives the next key of pages and table with the newest head that is known of it.
func (l *listing) merge(copies table.Copies, flushed kv.Version) (*wire.Entry, bool) {
	first := l.walk.peek(copies)
	if first == nil && l.walk.open(copies) {
		return nil, false
	}
	if len(l.entries) > 0 && (first == nil || compareEntries(l.entries[0], *first) < 0) {
		e := &l.entries[0]
		l.entries = l.entries[1:]
		return e, true
	}
	if first == nil {
		return nil, false
	}
	e, heads, _ := l.walk.next(copies)
	e.Head = newest(heads, flushed)
	if len(l.entries) > 0 && compareEntries(l.entries[0], *e) == 0 {
		if l.entries[0].Head.Newer(e.Head) {
			e.Head = l.entries[0].Head
		}
		l.entries = l.entries[1:]
	}
	return e, true
}

func newest(heads *[ring.MaxCopies]kv.Head, flushed kv.Version) (best kv.Head) {
	for _, h := range heads {
		if h.Newer(best) && (flushed.IsZero() || h.Version.Compare(flushed) > 0) {
			best = h
		}
	}
	return best
}
