package campaign

import (
	"bytes"
	"fmt"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/sim/oracle"
	"github.com/distributedstorage/ds/internal/wire"
)

// neighboursOneIn is in how many runs all keys of a database are in one partition, so that a listing has more than one to tell.
const neighboursOneIn = 6

// drawNeighbours moves keys into one partition.
func (p *Params) drawNeighbours() {
	rng := p.stream(0x11)
	if rng.IntN(neighboursOneIn) > 0 {
		return
	}
	at := map[kv.DB]kv.Partition{}
	for i := range p.Keys {
		k := &p.Keys[i]
		part, known := at[k.DB]
		if !known {
			at[k.DB] = k.part()
			continue
		}
		name := bytes.Clone(k.Name)
		for n := 0; k.part() != part; n++ {
			k.Name = fmt.Appendf(k.Name[:0], "%s.%d", name, n)
		}
	}
}

// list draws a listing of the partition of a key, from its beginning or from somewhere, as KEYS and SCAN ask for them.
func (d *drawer) list(k *Key, in *coord.Input) {
	in.Op, in.Partition, in.N = coord.OpList, k.part(), pick[int64](d.rng, 1, 2, 1000)
	in.Hash = pick(d.rng, 0, 0, k.hash(), k.hash()+1)
}

// manyKeys draws what MGET and DEL of many keys come to: a call for each, all at once.
func (d *drawer) manyKeys(s *Step) {
	s.Settle, s.Together = false, true
	client, op := d.rng.IntN(d.p.Clients), pick(d.rng, coord.OpGet, coord.OpGet, coord.OpDel)
	for i := range d.p.Keys {
		k := &d.p.Keys[i]
		if op == coord.OpGet {
			op = readOp(d.heads)
		}
		if d.rng.IntN(4) > 0 {
			s.Calls = append(s.Calls, oracle.Call{Client: client, Key: i, In: coord.Input{Op: op, DB: k.DB, Key: k.Name}})
		}
	}
}

// listed takes the answer of a listing apart into what it says of each key.
func (r *run) listed(c *oracle.Call, next kv.Hash, page []byte) {
	c.Value = "" // keys are no values
	shown := map[string]bool{}
	var e wire.Entry
	for rest, ok := wire.NextEntry(page, &e); ok; rest, ok = wire.NextEntry(rest, &e) {
		name := string(e.Key)
		if h := kv.HashKey(e.DB, e.Key); shown[name] || e.DB != c.In.DB || !covers(&c.In, next, h) {
			r.failf("NOGHOST", name, "%s: %q is listed twice, or is not in the page", c, name)
		}
		shown[name] = true
	}
	if len(shown) > 1 {
		r.saw(stateListedMany)
	}
	if next != 0 {
		r.saw(stateListedPart)
	}
	for i := range r.p.Keys {
		if k := &r.p.Keys[i]; k.DB == c.In.DB && covers(&c.In, next, k.hash()) {
			r.history.Calls = append(r.history.Calls, c.Says(i, k.DB, k.Name, shown[string(k.Name)]))
			delete(shown, string(k.Name))
		}
	}
	for name := range shown {
		r.failf("NOGHOST", name, "%s: %q is listed, which nobody wrote", c, name)
	}
}

// covers tells that a key of this hash falls into the page of a listing which goes on from next.
func covers(in *coord.Input, next, h kv.Hash) bool {
	return h.Partition() == in.Partition && h >= in.Hash && (next == 0 || h < next)
}

// listAll lists every key: the final state is a part of its history.
func (r *run) listAll() {
	for i := range r.p.Keys {
		k := &r.p.Keys[i]
		in := coord.Input{Op: coord.OpList, DB: k.DB, Key: k.Name, Partition: k.part(), N: 1000}
		r.ask(&oracle.Call{Key: i, In: in})
		r.w.Settle()
	}
}

// askTogether sends a client's calls to the router in one step.
func (r *run) askTogether(calls []oracle.Call) {
	var inputs []coord.Input
	for i := range calls {
		if c := r.admit(&calls[i]); c != nil {
			inputs = append(inputs, c.In)
		}
	}
	if len(inputs) > 0 {
		r.w.Router.Step(inputs...)
		r.saw(stateTogether)
	}
}
