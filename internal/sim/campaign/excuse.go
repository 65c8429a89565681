package campaign

import (
	"encoding/binary"
	"math"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// What may be lost with the router's volume, and with that of a server that is given up, is what was nowhere else: the newest record of a key,
// or a flush, that neither a server's disk nor the volume put in its place has. No other key is excused. An excused one has, from the adoption on, the newest of
// what is left: exactly that, as if somebody had written it then.

// excuse changes the volume of a router that is down, and notes what only the former one held.
func (r *run) excuse(change func()) {
	had := make([]kv.Head, len(r.p.Keys))
	for i := range r.p.Keys {
		had[i] = r.remains(&r.p.Keys[i])
	}
	change()
	r.lasting = nil
	for i := range r.p.Keys {
		k := &r.p.Keys[i]
		left := r.remains(k)
		if _, already := r.volume.excuses[i]; already || had[i].Newer(left) {
			r.volume.excuses[i] = left
			r.volume.excused[place{k.DB, k.part()}] = true
			r.saw(stateOnlyInJournal)
		}
	}
}

// flushHead is a flush as a record of each of its keys.
func flushHead(v kv.Version) kv.Head { return kv.Head{Version: v, Kind: kv.Tombstone} }

func newer(a, b kv.Head) kv.Head {
	if b.Newer(a) {
		return b
	}
	return a
}

// journalBest is the newest that the journal's disk knows of a key: its record, or the flush of its database.
func (r *run) journalBest(k *Key) kv.Head {
	best := r.journalHead(k)
	if row, ok := r.w.Router.Row(binary.BigEndian.AppendUint16([]byte{'f'}, uint16(k.DB))); ok {
		best = newer(best, flushHead(kv.DecodeVersion(row)))
	}
	return best
}

// remains is the newest of a key that is whole on a disk, the journal's or a server's.
func (r *run) remains(k *Key) kv.Head {
	best := newer(r.journalBest(k), r.bestServer(-1, k))
	for _, srv := range r.w.Servers {
		best = newer(best, flushHead(srv.DurableFlush(k.DB)))
	}
	return best
}

// settleExcuses gives every excused key the newest that is left of it.
func (r *run) settleExcuses() {
	for _, srv := range r.w.Servers {
		srv.Persist() // what a server told of itself stays: else there were two answers
	}
	for i := range r.p.Keys {
		least, excused := r.volume.excuses[i]
		if !excused {
			continue
		}
		k := &r.p.Keys[i]
		left := r.remains(k)
		if least.Newer(left) {
			r.failf("NOLOSS", string(k.Name), "%s was %s on a disk when the journal was lost, and is %s after the adoption",
				k.Name, r.w.Head(least), r.w.Head(left))
		}
		r.becomes(i, left)
	}
	clear(r.volume.excuses)
}

// becomes writes into the history that a key has the state of a record from now on.
func (r *run) becomes(key int, h kv.Head) {
	k := &r.p.Keys[key]
	c := &oracle.Call{Client: oracle.MaxClients - 1, Key: key, Began: r.clock + 1, Ended: r.clock + 2, Code: coord.ReplyOK, Repeats: true}
	c.Low, c.High = math.MinInt64, math.MaxInt64
	r.clock += 2
	c.In = coord.Input{Op: coord.OpFlush, DB: k.DB, Key: k.Name}
	if h.Kind == kv.Live {
		c.In.Op, c.In.Value = coord.OpSet, r.recordOf(k, h)
		if h.Expiry != 0 {
			c.In.Flags, c.In.N = coord.FlagExpireAt, h.Expiry
		}
	}
	r.history.Calls = append(r.history.Calls, c)
	r.notef("only the lost journal had the newest record: %s", c)
}

// recordOf is the value of a record that is whole somewhere.
func (r *run) recordOf(k *Key, h kv.Head) []byte {
	for i := range r.w.Geometry.Copies() {
		srv := r.w.Servers[r.w.Geometry.Server(k.part(), i)]
		if v, ok := srv.Value(k.DB, k.Name, h); ok {
			return v
		}
	}
	v, _ := r.w.Router.Row(r.journalKey('v', k))
	return v
}

// keyIn is the first key of a place.
func (r *run) keyIn(p place) string {
	for i := range r.p.Keys {
		if k := &r.p.Keys[i]; (place{k.DB, k.part()}) == p {
			return string(k.Name)
		}
	}
	return ""
}
