package coord

import (
	"encoding/binary"
	"fmt"
	"github.com/distributedstorage/ds/internal/planted"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
)

// Rows of the journal. Keys are big-endian so that the rows of a partition lie together.
//
//	m                                meta: ceiling u64, settled-through u64, mark i64, generation u64, sequence u64
//	t                                mark i64, when it is newer than the one in m
//	a  server u16                    store id [16], apply sequence u64
//	d  server u16, partition u16     generation u64 of a dirty mark
//	e  partition u16, db u16, hash u64, key   head, owed u8, held u8, record u8
//	v  (as e)                        the value of an entry
//	f  db u16                        flush version
//	s  low u64                       high u64, partitions still suspect [128]
//	l  epoch u64                     journal sequence u64, ceiling u64; empty while that router runs
//	o                                the latest adoption, see adopted.append
//	u                                Unfit u8: the volume was found not to be the latest
var (
	metaKey = []byte{'m'}
	markKey = []byte{'t'}

	adoptedKey = []byte{'o'}
	unfitKey   = []byte{'u'}
)

const (
	rowApplied = 'a'
	rowDirty   = 'd'
	rowEntry   = 'e'
	rowValue   = 'v'
	rowFlush   = 'f'
	rowSuspect = 's'
	rowLife    = 'l'
)

var be = binary.BigEndian

func (c *Core) appendMeta(m *meta) []byte {
	b := le.AppendUint64(c.rowBuf[:0], m.ceiling)
	b = le.AppendUint64(b, m.settled)
	b = le.AppendUint64(b, uint64(m.mark))
	b = le.AppendUint64(b, m.generation)
	return le.AppendUint64(b, m.seq)
}

func (c *Core) entryKey(s *table.Slot) []byte { return c.slotKey(rowEntry, s) }
func (c *Core) valueKey(s *table.Slot) []byte { return c.slotKey(rowValue, s) }

func (c *Core) slotKey(prefix byte, s *table.Slot) []byte {
	b := be.AppendUint16(append(c.keyBuf[:0], prefix), uint16(s.Hash.Partition()))
	b = be.AppendUint16(b, uint16(s.DB))
	b = be.AppendUint64(b, uint64(s.Hash))
	c.keyBuf = append(b, c.table.Key(s)...)
	return c.keyBuf
}

func (c *Core) numberedKey(prefix byte, numbers ...uint16) []byte {
	b := append(c.keyBuf[:0], prefix)
	for _, n := range numbers {
		b = be.AppendUint16(b, n)
	}
	c.keyBuf = b
	return b
}

// Restore takes one row of the journal as it was found at start, in any order. An error
// means that the journal is damaged.
func (c *Core) Restore(key, value []byte) error {
	if len(key) == 0 {
		return damaged(key)
	}
	k, ok := key[1:], false
	switch key[0] {
	case 'm':
		ok = c.restoreMeta(value)
	case 't':
		if ok = len(value) == 8; ok {
			c.time.expiry = max(c.time.expiry, int64(le.Uint64(value)))
		}
	case rowApplied:
		ok = c.restoreApplied(k, value)
	case rowDirty:
		ok = c.restoreDirty(k, value)
	case rowEntry:
		ok = c.restoreEntry(k, value)
	case rowValue:
		ok = true // read when it is needed
	case rowFlush:
		ok = c.restoreFlush(k, value)
	case rowSuspect:
		ok = c.suspect.restore(k, value)
	case rowLife:
		ok = c.lives.restore(k, value)
	case 'o':
		ok = c.restoreAdopted(value)
	case 'u':
		ok = c.restoreUnfit(value)
	}
	if !ok {
		return damaged(key)
	}
	return nil
}

func damaged(key []byte) error { return fmt.Errorf("journal row %q is damaged", key) }

func (c *Core) restoreMeta(b []byte) bool {
	if len(b) != 40 {
		return false
	}
	m := meta{le.Uint64(b), le.Uint64(b[8:]), int64(le.Uint64(b[16:])), le.Uint64(b[24:]), le.Uint64(b[32:])}
	c.journal.durable, c.restored = m, m
	c.journal.seq, c.journal.synced = m.seq, m.seq // it goes on where servers may have heard of it
	c.time.expiry = max(c.time.expiry, m.mark)
	c.sweep.generation = max(c.sweep.generation, m.generation)
	return true
}

func (c *Core) restoreApplied(k, b []byte) bool {
	if len(k) != 2 || len(b) != 24 || int(be.Uint16(k)) >= len(c.servers) {
		return false
	}
	s := &c.servers[be.Uint16(k)]
	copy(s.store[:], b)
	s.applied = le.Uint64(b[16:])
	s.saved = s.applied
	return true
}

func (c *Core) restoreDirty(k, b []byte) bool {
	if len(k) != 4 || len(b) != 8 || int(be.Uint16(k)) >= len(c.servers) || be.Uint16(k[2:]) >= kv.Partitions {
		return false
	}
	s := &c.servers[be.Uint16(k)]
	gen := le.Uint64(b)
	s.setDirty(kv.Partition(be.Uint16(k[2:])), gen)
	c.sweep.generation = max(c.sweep.generation, gen)
	return true
}

func (c *Core) restoreEntry(k, b []byte) bool {
	if len(k) < 12 || len(b) != kv.HeadSize+3 {
		return false
	}
	db, hash, key := kv.DB(be.Uint16(k[2:])), kv.Hash(be.Uint64(k[4:])), k[12:]
	if hash != kv.HashKey(db, key) || int(db) >= len(c.flushes) {
		return false
	}
	owed, held := table.Copies(b[kv.HeadSize]), table.Copies(b[kv.HeadSize+1])
	s := &table.Slot{Hash: hash, DB: db, Head: kv.DecodeHead(b), Held: held, Record: b[kv.HeadSize+2] == 1}
	if kind := s.Head.Kind; (owed|held)&^c.allCopies() != 0 || kind != kv.Live && kind != kv.Tombstone {
		return false // there is no place for it in a slot
	}
	c.table.Insert(s, key)
	c.tally.made++
	c.setOwed(s, owed)
	c.journal.used += entrySize(s, len(key))
	return true
}

func (c *Core) restoreFlush(k, b []byte) bool {
	if len(k) != 2 || len(b) != kv.VersionSize || int(be.Uint16(k)) >= len(c.flushes) {
		return false
	}
	c.flushes[be.Uint16(k)].version = kv.DecodeVersion(b)
	return true
}

// Start ends the restoration. Effects carry what must be journaled before the router serves:
// Serving is true once that was reported synced.
func (c *Core) Start(now Now, e *Effects) {
	c.begin(now, e)
	m := c.journal.durable
	c.assume()
	c.cfg.Epoch += c.adopted.shift
	c.clock = newClock(c.cfg.Router, max(m.ceiling, c.adopted.time))
	if planted.On(planted.ClockFromWall) {
		c.clock = newClock(c.cfg.Router, uint64(now.Wall)<<16)
	}
	c.began = c.clock.Last()
	if m.settled < m.ceiling && !planted.On(planted.SuspectsForgotten) { // an unclean end: nobody knows what became of those versions
		c.addSuspect(m.settled, m.ceiling)
	}
	c.endLives()
	c.settleRestored(m.settled)
	for db := range c.flushes {
		c.clock.Merge(c.flushes[db].version)
	}
	c.journal.saved = m.ceiling
	c.writeMeta(c.clock.Next(c.time.expiry, ceilingRoomMillis), m.ceiling)
	c.beginAsking()
	c.condemn()
	c.end()
}

// settleRestored derives which copies hold the restored entries: at or below settled-through every copy either
// confirmed an entry or is owed it. One that was marked since may have lost what it confirmed; and of a suspect version nothing is known, though
// settled-through has moved on above it.
func (c *Core) settleRestored(settled uint64) {
	var slot table.Slot
	for p := range kv.Partition(kv.Partitions) {
		dirty := c.dirtyCopies(p)
		for s, at := c.table.Next(p, table.Cursor{}, &slot); s != nil; s, at = c.table.Next(p, at, &slot) {
			held := s.Held
			c.clock.Merge(s.Head.Version) // another router's may be above the ceiling
			if s.Head.Version.Time <= settled && !c.suspect.has(p, s.Head.Version) {
				held |= c.allCopies() &^ s.Owed
			}
			c.table.SetHeld(s, held&^dirty)
			c.count(s, +1)
			if c.flushed(s.DB, s.Head.Version) { // the flush reached the disk, the end of its entries did not
				c.dropEntry(s)
				c.tally.flushed++
			}
		}
	}
}

// Stop writes settled-through and the ceiling as they are, so that an orderly end leaves
// nothing suspect; the driver syncs it, and steps the core no more: what it stamped now would be stamped again.
func (c *Core) Stop(now Now, e *Effects) {
	c.begin(now, e)
	c.serving = false
	if c.unfit != Fit {
		c.end() // what this volume says counts no more
		return
	}
	settled := c.settledThrough()
	c.journal.metaSeq = 0
	c.writeMeta(max(settled, c.clock.Last()), settled)
	c.end()
}
