package coord

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
)

// What follows is asserted always: a broken one means that a promise is about to be broken, and stops the process.
//
//  1. An OK leaves only when each copy has confirmed the version from its volume, or a durable note or mark covers it.
//  2. The version answered of a key never goes back, from the end of one request to the beginning of the next.
//  3. What is stamped is above everything seen, and at or below the durable ceiling.
//  4. Every answer comes from a vouching copy, from all copies, or from the journal.
//  5. An entry ends only as paid, flushed or collapsed, and each end is counted (see tally).
//  6. BUSY and NOSERVER leave only when no frame of a write has.

// basis is what an answer rests on.
type basis uint8

const (
	basisNone      basis = iota
	basisVouched         // a copy that vouched
	basisAllCopies       // all of them
	basisJournal         // the entry's own record
)

func broken(format string, args ...any) {
	panic("coord: broken invariant: " + fmt.Sprintf(format, args...))
}

// assertSettled is 1.
func (c *Core) assertSettled(o *op) {
	if o.write && o.fault == fault.OK && o.confirmed|o.noted != c.allCopies() && !c.flushed(o.db, o.head.Version) {
		broken("OK for version %v, confirmed by copies %b and noted for %b", o.head.Version, o.confirmed, o.noted)
	}
}

// assertStamp is 3.
func (c *Core) assertStamp(o *op, v kv.Version) {
	if v.Time > c.journal.durable.ceiling || o.found.Exists() && !o.found.Version.Less(v) {
		broken("stamped %v above %v, the ceiling is %d", v, o.found.Version, c.journal.durable.ceiling)
	}
}

// assertBasis is 4.
func (o *op) assertBasis() {
	if o.basis == basisNone {
		broken("operation %d answers from nowhere", o.kind)
	}
}

// assertRefusal is 6.
func (o *op) assertRefusal() {
	if o.sent && (o.fault == fault.Busy || o.fault == fault.NoServer) {
		broken("%s after a write frame has left", o.fault.Prefix())
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
		broken("operation %d answers version %v of a key that was answered as %v", o.kind, v, o.before)
	}
	e := &c.answered[o.hash%answeredSize]
	if e.hash != o.hash || e.db != o.db || e.version.Less(v) {
		e.hash, e.db, e.version = o.hash, o.db, v
	}
}

// assertCounts is 5, and checks what can be checked at any moment without walking.
func (c *Core) assertCounts() {
	if t := &c.tally; t.made != t.paid+t.flushed+t.collapsed+uint64(c.table.Len()) {
		broken("entries: %+v, and %d are left", *t, c.table.Len())
	}
	if j := &c.journal; j.used < 0 || j.buffered < 0 || j.buffered > j.used || j.reserved < 0 {
		broken("journal bytes: used %d, buffered %d, reserved %d", j.used, j.buffered, j.reserved)
	}
}
