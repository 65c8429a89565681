package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
)

// appendWhy answers DS WHY from the heads that were read.
func (c *Core) appendWhy(o *op) {
	c.refreshStates()
	w := Why{Home: c.cfg.Geometry.Home(o.part)}
	var slot table.Slot
	entry := c.table.Find(o.db, o.hash, o.key, &slot)
	w.Buffered = entry != nil && entry.Held == 0
	for i := range c.cfg.Geometry.Copies() {
		s := c.serverOf(o.part, i)
		head := o.heads[i]
		if c.flushed(o.db, head.Version) {
			head = kv.Head{}
		}
		w.Copies = append(w.Copies, CopyStatus{
			Server: s.number, State: s.state, Known: o.answered>>i&1 == 1, Head: head,
			Owed: s.isDirty(o.part) || entry != nil && entry.Owed>>i&1 == 1,
		})
	}
	c.e.Bytes = AppendWhy(c.e.Bytes, &w)
}

// serverList is what DS SERVERS tells.
func (c *Core) serverList() []ServerStatus {
	c.refreshStates()
	list := make([]ServerStatus, len(c.servers))
	for i := range c.servers {
		s := &c.servers[i]
		list[i] = ServerStatus{
			Number: s.number, State: s.state, Owed: s.owed, Dirty: s.dirtyCount,
			Keys: s.keys, Store: s.store, Since: s.since,
			Slow: s.phase == sessionReady && s.pace.Slow(),
		}
	}
	return list
}

// convergedNow is what DS CONVERGED tells.
func (c *Core) convergedNow() Convergence {
	ok, at := c.converged()
	v := Convergence{Converged: ok, Owed: uint64(c.table.Len()), Buffered: c.buffered, Shrunk: c.shrunk, Table: uint64(c.table.Bytes()), ProvedAt: at}
	for i := range c.servers {
		v.Dirty += c.servers[i].dirtyCount
	}
	return v
}

func (c *Core) appendServers() { c.e.Bytes = AppendServers(c.e.Bytes, c.serverList()) }

func (c *Core) appendConverged() {
	v := c.convergedNow()
	c.e.Bytes = AppendConvergence(c.e.Bytes, &v)
}
