package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
)

// uncovered is the copies for which nothing durable says that they hold o.found or are owed it.
func (c *Core) uncovered(o *op) table.Copies {
	if !o.found.Exists() || planted.On(planted.AnswerUnsettled) && o.kind < opRepair {
		return 0
	}
	var slot table.Slot
	entry := c.table.Find(o.db, o.hash, o.key, &slot)
	noted := table.Copies(0)
	if entry != nil && !o.found.Newer(entry.Head) {
		noted = entry.Owed
	}
	settled := c.settledVersion(o.part, o.found.Version)
	open := table.Copies(0)
	for i := range c.cfg.Geometry.Copies() {
		bit := table.Copies(1) << i
		answered := o.answered&bit != 0
		switch {
		case o.rotten&bit != 0:
			open |= bit
		case answered && entry != nil && entry.Owed&bit != 0 && (o.kind == opRepair || o.found.Newer(entry.Head)):
			// Even if it holds the record: only a confirmation ends the note, and an older note left behind
			// would be taken for the newest version once nobody else can be asked.
			open |= bit
		case answered && o.heads[i] == o.found:
		case o.kind == opRepair && i > 0 && planted.On(planted.RepairOneWay):
		case o.kind == opRepair:
			if answered || !settled && noted&bit == 0 {
				open |= bit
			}
		case noted&bit != 0:
			if !settled { // the note may not be durable yet
				o.waitSeq = max(o.waitSeq, c.journal.seq)
			}
		case settled && !answered:
		case settled && c.serverOf(o.part, i).isDirty(o.part):
			c.jobs.want(o.part)
		default:
			open |= bit
		}
	}
	return open
}

// holders is the copies that answered with o.found.
func (o *op) holders() (held table.Copies) {
	for i := range o.heads {
		if (o.answered&^o.rotten)>>i&1 == 1 && o.heads[i] == o.found {
			held |= 1 << i
		}
	}
	return held
}

// outdated counts copies whose record is rotten, and no newer than the best, among those that answered: what
// they had is known, and that they have nothing newer.
func (o *op) outdated(best kv.Head) {
	for i := range o.heads {
		if o.rotten>>i&1 == 1 && o.heads[i].Exists() && !o.heads[i].Newer(best) {
			o.answered |= 1 << i
		}
	}
}
