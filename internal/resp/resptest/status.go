package resptest

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// Status is what every Core tells of its servers, key and convergence.
var (
	Servers = []coord.ServerStatus{
		{Number: 0, State: coord.InSync, Keys: 7, Store: kv.ID{0xab}, Since: 1000},
		{Number: 1, State: coord.Away, Owed: 3},
	}
	Why = coord.Why{Home: 1, Buffered: true, Copies: []coord.CopyStatus{
		{Server: 1, State: coord.Behind, Known: true, Owed: true, Head: kv.Head{
			Kind: kv.Live, Version: kv.Version{Time: 5<<16 | 2, Router: 9}, Checksum: 0xbeef}},
		{Server: 2, State: coord.InSync, Known: true},
		{Server: 3, State: coord.Away},
	}}
	Converged = coord.Convergence{Owed: 4, Dirty: 5, Buffered: 6, ProvedAt: 77}
)

func (c *Core) status(in *coord.Input, r *coord.Reply) {
	switch in.Op {
	case coord.OpServers:
		r.Code, c.body = coord.ReplyServers, coord.AppendServers(c.body, Servers)
	case coord.OpWhy:
		r.Code, c.body = coord.ReplyWhy, coord.AppendWhy(c.body, &Why)
	default:
		r.Code, c.body = coord.ReplyConverged, coord.AppendConvergence(c.body, &Converged)
	}
}
