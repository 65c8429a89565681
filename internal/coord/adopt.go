package coord

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// adoption is what a router learns of the servers before it serves, when it was told to adopt.
type adoption struct {
	asking  bool
	asked   bool // the core before this one did
	needed  bool // some server knows another journal, or a later state of this one
	reports []report
	waitSeq uint64 // of the journal, once it was carried out
}

// report is what a server told in its hello.
type report struct {
	heard   bool
	cluster kv.ID
	epoch   uint64
	highest kv.Version
	flushes []byte
}

// adopted is the row of the latest adoption: what the router is since, instead of what its volume was made as.
type adopted struct {
	cluster kv.ID
	journal kv.ID
	router  uint16
	shift   uint64 // of the epoch, above the volume's own count
	epoch   uint64 // of the adoption; 0 = there was none
	time    uint64 // of the highest version that servers reported
	at      int64  // Unix milliseconds
}

const adoptedSize = 16 + 16 + 2 + 4*8

func (a *adopted) append(b []byte) []byte {
	b = append(append(b, a.cluster[:]...), a.journal[:]...)
	b = le.AppendUint16(b, a.router)
	b = le.AppendUint64(b, a.shift)
	b = le.AppendUint64(b, a.epoch)
	b = le.AppendUint64(b, a.time)
	return le.AppendUint64(b, uint64(a.at))
}

func (c *Core) restoreAdopted(b []byte) bool {
	if len(b) != adoptedSize {
		return false
	}
	a := &c.adopted
	copy(a.cluster[:], b)
	copy(a.journal[:], b[16:])
	a.router = le.Uint16(b[32:])
	a.shift, a.epoch = le.Uint64(b[34:]), le.Uint64(b[42:])
	a.time, a.at = le.Uint64(b[50:]), int64(le.Uint64(b[58:]))
	return true
}

// assume makes the router what the latest adoption made of it.
func (c *Core) assume() {
	if a := &c.adopted; a.epoch != 0 {
		c.cfg.Cluster, c.cfg.Journal, c.cfg.Router = a.cluster, a.journal, a.router
	}
}

// beginAsking asks the servers before anybody is served, all of them: the only one that knows better than this journal may
// be the one that is away.
func (c *Core) beginAsking() {
	a := &c.adoption
	a.reports = make([]report, len(c.servers))
	a.asking = c.cfg.Adopt && !a.asked
}

// missing is the numbers that have not told and were not given up.
func (c *Core) missing() (set uint64) {
	for i := range c.adoption.reports {
		if !c.adoption.reports[i].heard {
			set |= 1 << i
		}
	}
	return set &^ c.cfg.GiveUp
}

// listen takes the report of a hello.
func (c *Core) listen(ses *wire.Session, unfit bool) {
	if c.cfg.GiveUp>>ses.Number&1 == 1 {
		return
	}
	a := &c.adoption
	a.reports[ses.Number] = report{
		heard: true, cluster: ses.Cluster, epoch: ses.Epoch, highest: ses.Highest,
		flushes: append([]byte(nil), ses.Flushes...),
	}
	a.needed = a.needed || unfit
	c.tickAdoption()
}

// cluster is the one that the servers belong to; zero if all are new.
func (a *adoption) cluster(givenUp uint64) (id kv.ID, conflict bool) {
	for i := range a.reports {
		r := &a.reports[i]
		switch {
		case !r.heard || givenUp>>i&1 == 1 || r.cluster.IsZero():
		case id.IsZero():
			id = r.cluster
		case id != r.cluster:
			conflict = true
		}
	}
	return id, conflict
}

// tickAdoption goes on when all has been heard that is waited for.
func (c *Core) tickAdoption() {
	a := &c.adoption
	if !a.asking || a.waitSeq != 0 || !c.serving || c.failed {
		return
	}
	if c.missing() != 0 {
		return
	}
	if !a.needed {
		a.asking = false
		for i := range a.reports { // they come again, but clients may be there before them
			c.clock.Merge(a.reports[i].highest)
		}
		c.event(Event{Kind: EventNothingToAdopt})
		return
	}
	if cluster, conflict := a.cluster(c.cfg.GiveUp); !conflict {
		c.adopt(cluster)
	}
}

// adopt makes this router the servers' own, in one step of the journal. It trusts no copy: each is owed
// every partition, and no version that it did not stamp counts as settled.
func (c *Core) adopt(cluster kv.ID) {
	a, epoch := &c.adoption, c.cfg.Epoch
	for i := range a.reports {
		if r := &a.reports[i]; r.heard {
			if !planted.On(planted.AdoptedEpochLow) {
				epoch = max(epoch, r.epoch)
			}
			if !planted.On(planted.AdoptedClockBehind) {
				c.clock.Merge(r.highest)
			}
			if !planted.On(planted.AdoptedFlushesForgotten) {
				c.mergeFlushes(r.flushes)
			}
		}
	}
	epoch++
	c.adopted = adopted{
		cluster: cluster, journal: c.cfg.Fresh, router: routerOf(epoch), shift: c.adopted.shift + epoch - c.cfg.Epoch,
		epoch: epoch, time: c.clock.Last(), at: c.time.expiry,
	}
	c.cfg.Epoch = epoch
	c.assume()
	c.clock.Rename(c.cfg.Router)
	c.put(adoptedKey, c.adopted.append(c.rowBuf[:0]))
	c.del(unfitKey)
	c.found = Fit
	c.doubtAll(c.adopted.time)
	c.forgetLives(len(c.lives.list)) // servers know them by another journal
	for i := range c.servers {
		if !planted.On(planted.AdoptedTrusted) {
			c.markAll(&c.servers[i])
		}
		c.servers[i].welcomed, c.servers[i].met = false, false
	}
	c.answered = answered{} // what the lost journal had answered, this one may not know
	a.waitSeq = c.journal.seq
}

// routerOf is a router id that no earlier router of the cluster has: epochs only rise. Two adoptions 65535
// epochs apart would share one.
func routerOf(epoch uint64) uint16 { return uint16(epoch%(1<<16-1)) + 1 }

// adoptionSynced ends the adoption once it is durable: the servers may be told.
func (c *Core) adoptionSynced() {
	a := &c.adoption
	if a.waitSeq == 0 || a.waitSeq > c.journal.synced {
		return
	}
	*a = adoption{reports: make([]report, len(c.servers))}
	c.event(Event{Kind: EventAdopted, N: int64(c.cfg.Epoch)})
	c.refreshStates()
}

// mergeFlushes takes over the flushes that only servers know of: those of a journal that was lost.
func (c *Core) mergeFlushes(table []byte) {
	for rest := table; len(rest) > 0; {
		db, v, tail, ok := wire.NextFlush(rest)
		if !ok || int(db) >= len(c.flushes) {
			return
		}
		c.clock.Merge(v)
		if f := &c.flushes[db]; v.Compare(f.version) > 0 {
			f.version = v
			c.put(c.numberedKey(rowFlush, uint16(db)), v.Append(c.rowBuf[:0]))
			f.seq = c.journal.seq
			c.dropFlushed(db)
			c.event(Event{Kind: EventFlush, DB: db, Version: v})
		}
		rest = tail
	}
}

// doubtful tells that the journal may not have known the newest version of an entry from before the adoption:
// until its partition was proved equal on all copies, it does not speak for the key.
func (c *Core) doubtful(p kv.Partition, v kv.Version) bool {
	return c.adopted.epoch != 0 && v.Time <= c.adopted.time && c.suspect.since(0, p)
}
