package coord

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/wire"
)

// What follows is asserted always: a broken one means that a promise is about to be broken, and stops the process. Servers
// assert 6, 7 and 8 (internal/replica/invariant.go); 9 is about collected tombstones.
//
//  1. An OK leaves only when each copy has confirmed the version from its volume, or a durable note or mark covers it.
//  2. The version answered of a key never goes back, from the end of one request to the beginning of the next.
//  3. What is stamped is above everything seen, and at or below the durable ceiling.
//  4. Every answer comes from a vouching copy, from all copies, or from the journal.
//  5. A note ends as paid only on the synced answer of its copy, in its session, that it holds that version or a newer one; a mark only by a
//     comparison that began with the mark's generation or a later one. No mark, and nothing suspect, ends by what is not synced.
//  10. An entry ends only as paid, flushed or collapsed, and each end is counted (see tally). What tells a client that
//     nothing was done leaves only when no frame of a write has.

// basis is what an answer rests on.
type basis uint8

const (
	basisNone      basis = iota
	basisVouched         // a copy that vouched
	basisAllCopies       // all of them
	basisVersion         // the entry's version, which is not above theirs
	basisJournal         // the entry's own record
)

func broken(invariant int, format string, args ...any) {
	panic(fmt.Sprintf("coord: broken invariant %d: ", invariant) + fmt.Sprintf(format, args...))
}

// assertSettled is 1.
func (c *Core) assertSettled(o *op) {
	if o.write && o.fault == fault.OK && o.confirmed|o.noted != c.allCopies() && !c.flushed(o.db, o.head.Version) {
		broken(1, "OK for version %v, confirmed by copies %b and noted for %b", o.head.Version, o.confirmed, o.noted)
	}
}

// assertStamp is 3.
func (c *Core) assertStamp(o *op, v kv.Version) {
	if v.Time > c.journal.durable.ceiling || o.found.Exists() && !o.found.Version.Less(v) {
		broken(3, "stamped %v above %v, the ceiling is %d", v, o.found.Version, c.journal.durable.ceiling)
	}
}

// assertBasis is 4.
func (o *op) assertBasis() {
	if o.basis == basisNone {
		broken(4, "operation %d answers from nowhere", o.kind)
	}
}

// assertDurable is the journal's part of 1.
func (c *Core) assertDurable(o *op) {
	if o.waitSeq > c.journal.synced {
		broken(1, "a reply was released before row %d of the journal was durable, %d are", o.waitSeq, c.journal.synced)
	}
}

// assertPaid is 5, of a note.
func (c *Core) assertPaid(e *table.Slot, s *server) {
	f := &c.frameIn
	held := f.Code == wire.Flushed || f.Code == wire.Floored || !e.Head.Newer(f.Head)
	if c.speaker != s || f.Type != wire.ApplyReply || f.Relaxed || s.phase != sessionReady || !held {
		broken(5, "the note of version %v ends on frame %d with version %v", e.Head.Version, f.Type, f.Head.Version)
	}
}

// assertCleared is 5, of a mark.
func assertCleared(generation, cut uint64) {
	if generation > cut {
		broken(5, "a mark of generation %d ends by a comparison of generation %d", generation, cut)
	}
}

// assertSynced is 5, of a mark or what is suspect.
func (m *comparison) assertSynced() {
	if m.relaxed != 0 {
		broken(5, "a mark or a doubt ends by equal copies, of which %b are not synced", m.relaxed)
	}
}

// assertRefusal is 10, of clients.
func (o *op) assertRefusal() {
	if o.sent && o.fault != fault.OK && o.fault != fault.Unknown {
		broken(10, "%s after a write frame has left", o.fault.Prefix())
	}
}

// answeredSize is how many keys' answers are remembered; a power of two.
const answeredSize = 1 << 10

// answered remembers, for the keys asked for lately, the newest version that was answered. Keys of up to three bytes in
// different databases have equal hashes often: XXH3 mixes them with its seed, the database, by XOR.
type answered [answeredSize]struct {
	hash    kv.Hash
	version kv.Version
	db      kv.DB
}

// begins notes what had been answered of the key when the request came.
func (a *answered) begins(o *op) {
	if e := &a[o.hash%answeredSize]; e.hash == o.hash && e.db == o.db {
		o.before = e.version
	}
}

// answerEnds is 2, and remembers the answer. What a flush has emptied is absent, whatever was answered before.
func (c *Core) answerEnds(o *op) {
	v := o.found.Version
	if o.write {
		v = o.head.Version
	}
	if v.Less(o.before) && !c.flushed(o.db, o.before) {
		broken(2, "operation %d answers version %v of a key that was answered as %v", o.kind, v, o.before)
	}
	e := &c.answered[o.hash%answeredSize]
	if e.hash != o.hash || e.db != o.db || e.version.Less(v) {
		e.hash, e.db, e.version = o.hash, o.db, v
	}
}

// assertCounts is 10, of entries, and checks what can be checked at any moment without walking.
func (c *Core) assertCounts() {
	if t := &c.tally; t.made != t.paid+t.flushed+t.collapsed+uint64(c.table.Len()) {
		broken(10, "entries: %+v, and %d are left", *t, c.table.Len())
	}
	if j := &c.journal; j.used < 0 || j.buffered < 0 || j.buffered > j.used || j.reserved < 0 {
		broken(10, "journal bytes: used %d, buffered %d, reserved %d", j.used, j.buffered, j.reserved)
	}
}
