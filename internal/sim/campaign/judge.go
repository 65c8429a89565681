package campaign

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim/oracle"
	"github.com/distributedstorage/ds/internal/wire"
)

// judge demands what must hold once everything was healed.
func (r *run) judge() {
	for i := range r.p.Keys {
		k := &r.p.Keys[i]
		r.equalCopies(k)
		r.kept(i)
		if r.out.Failure != nil {
			return
		}
		if err := r.history.Fresh(i, k.DB); err != nil {
			r.failf("FRESH", string(k.Name), "%s: %v", k.Name, err)
			r.out.Failure.Unjudged = errors.Is(err, oracle.ErrTooHard)
			return
		}
		r.ghosts(i)
	}
	r.equalDigests()
	r.w.Pass(2500) // what is written lazily gets its turn
	for _, key := range r.w.Router.Keys() {
		if bytes.IndexByte([]byte("evds"), key[0]) >= 0 {
			r.failf("BOUNDED", "", "the journal still holds row %q", key)
		}
	}
	if err := r.w.Router.Core().Idle(); err != nil {
		r.failf("BOUNDED", "", "not idle: %v", err)
	}
	if n := r.w.Router.Pending(); n > 0 {
		r.failf("BOUNDED", "", "%d rows of the journal are pending", n)
	}
}

// ghosts demands that a write which died with its router is not seen after a delete that was asked later and carried out: the
// delete is newer. As a register the key might take it for a write that was slow.
func (r *run) ghosts(key int) {
	k := &r.p.Keys[key]
	if k.Class != register || r.volume.excused[place{k.DB, k.part()}] {
		return
	}
	lost := map[string]int64{}
	for _, c := range r.history.Calls {
		if c.Key == key && c.In.Op == coord.OpSet && c.Lost != 0 {
			lost[string(c.In.Value)] = c.Lost
		}
	}
	for _, c := range r.history.Calls {
		at, ghost := lost[c.Value]
		if !ghost || c.Key != key || c.Code != coord.ReplyValue {
			continue
		}
		for _, d := range r.history.Calls {
			if d.Key == key && d.In.Op == coord.OpDel && done(d) && d.Began > at && d.Ended < c.Began {
				r.failf("NOGHOST", string(k.Name), "%s, written before %s", c, d)
			}
		}
	}
}

// equalCopies demands that all copies of the key are the same to the byte.
func (r *run) equalCopies(k *Key) {
	var first kv.Head
	var value []byte
	have := false
	for i := range r.w.Geometry.Copies() {
		n := r.w.Geometry.Server(k.part(), i)
		h, v, _, status := r.w.Servers[n].Store().Read(k.DB, k.Name, nil)
		if status == wire.StatusRotten && (!have || h == first) {
			r.saw(stateRotUnread) // nobody has read it, and nothing else looks
			continue
		}
		if !have {
			first, value, have = h, v, true
		}
		if h != first || !bytes.Equal(v, value) {
			r.failf("CONV", string(k.Name), "of %s server %d holds %s (status %d), the home server %s", k.Name, n, r.w.Head(h), status, r.w.Head(first))
		}
	}
}

func (r *run) equalDigests() {
	for p := range kv.Partition(kv.Partitions) {
		first := r.w.Servers[r.w.Geometry.Server(p, 0)].Store().Digest(p)
		for i := 1; i < r.w.Geometry.Copies(); i++ {
			if d := r.w.Servers[r.w.Geometry.Server(p, i)].Store().Digest(p); d != first {
				r.failf("CONV", "", "converged, but the digests of partition %d differ", p)
			}
		}
	}
}

// journalKey is the key of a row about a key.
func (r *run) journalKey(kind byte, k *Key) []byte {
	key := binary.BigEndian.AppendUint16([]byte{kind}, uint16(k.part()))
	key = binary.BigEndian.AppendUint16(key, uint16(k.DB))
	return append(binary.BigEndian.AppendUint64(key, uint64(k.hash())), k.Name...)
}

// journalHead is the newest record of a key that the journal's disk holds whole.
func (r *run) journalHead(k *Key) kv.Head {
	key := r.journalKey('e', k)
	row, ok := r.w.Router.Row(key)
	if !ok || r.w.Router.Changing(key[1:]) {
		return kv.Head{}
	}
	h := kv.DecodeHead(row)
	key[0] = 'v'
	if v, ok := r.w.Router.Row(key); h.Kind == kv.Tombstone || ok && kv.Checksum(h.Kind, h.Expiry, v) == h.Checksum {
		return h
	}
	return kv.Head{}
}

// expendable tells that everything on the server's disk is on another's too, or in the journal.
func (r *run) expendable(n int) bool { return r.expendableBut(n, -1) }

// expendableBut is expendable whatever becomes of one key.
func (r *run) expendableBut(n, key int) bool {
	if r.volume.adopting {
		return false // what it knows of its router is needed
	}
	for i := range r.p.Keys {
		k := &r.p.Keys[i]
		if i == key {
			continue
		}
		mine := r.w.Servers[n].DurableHead(k.DB, k.Name)
		if !mine.Exists() || r.w.Geometry.Copy(k.part(), ring.Server(n)) < 0 {
			continue
		}
		best := r.bestElsewhere(n, k)
		if r.rotten(k) || r.trusted(n, k) { // the journal may let go of what a server holds, though it is rotten or gone there
			best = r.bestServer(n, k)
		}
		if mine.Newer(best) {
			return false
		}
	}
	return true
}

// trusted tells that the router may rely on a server's having a record: as far as it knows that one is there, and has confirmed it or is not
// owed it.
func (r *run) trusted(n int, k *Key) bool {
	c := r.w.Router.Core()
	if c == nil || c.Away(ring.Server(n)) {
		return false
	}
	return !r.owedUnheard(n, k)
}
