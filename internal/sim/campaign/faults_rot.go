package campaign

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// rot flips a bit of a key's value on one server, if another copy or the journal still has it whole.
func (r *run) rot(n, key int) {
	k := &r.p.Keys[key]
	srv := r.w.Servers[n]
	mine := srv.DurableHead(k.DB, k.Name)
	if !srv.Alive() || mine.Kind != kv.Live || !r.spare(n, k, mine) {
		return
	}
	if now, _ := srv.Store().Head(k.DB, k.Name); now != mine {
		return // what would rot is newer, and perhaps nowhere else
	}
	if srv.Store().Rot(k.DB, k.Name) {
		r.saw(stateRotted)
	}
}

// spare tells that a server's record may rot: another server has it whole, or the journal, which does not let go of it since this
// server is owed it, never confirmed it, and can't be about to.
func (r *run) spare(n int, k *Key, mine kv.Head) bool {
	if !mine.Newer(r.bestServer(n, k)) {
		return true
	}
	if r.rotten(k) { // the journal may let go of what a server holds, though it is rotten there
		return false
	}
	return r.owedUnheard(n, k) && !r.w.Servers[n].Connected() && !mine.Newer(r.journalHead(k))
}

// owedUnheard tells that the journal owes a server a key's record, and knows of no confirmation of it: else the entry may shrink as
// soon as the server is there again.
func (r *run) owedUnheard(n int, k *Key) bool {
	row, ok := r.w.Router.Row(r.journalKey('e', k))
	copy := r.w.Geometry.Copy(k.part(), ring.Server(n))
	if !ok || copy < 0 {
		return false
	}
	owed, held := row[kv.HeadSize], row[kv.HeadSize+1]
	if c := r.w.Router.Core(); c != nil {
		held |= byte(c.Held(k.DB, k.Name)) // what is not worth a row
	}
	return owed&^held>>copy&1 == 1
}

// rotten tells that a server's record of the key is damaged.
func (r *run) rotten(k *Key) bool {
	for _, s := range r.w.Servers {
		if s.Rotten(k.DB, k.Name) {
			return true
		}
	}
	return false
}

// rotEverywhere damages another key on every server.
func (r *run) rotEverywhere(s *Step) {
	for n := range r.w.Servers {
		r.rot(n, (s.Key+n)%len(r.p.Keys))
	}
}

// bestElsewhere is the newest record of a key that is whole on another disk.
func (r *run) bestElsewhere(n int, k *Key) kv.Head {
	best := r.journalHead(k)
	if h := r.bestServer(n, k); h.Newer(best) {
		return h
	}
	return best
}

// bestServer is the newest record of a key that is whole on the disk of another server.
func (r *run) bestServer(n int, k *Key) (best kv.Head) {
	for i := range r.w.Geometry.Copies() {
		other := int(r.w.Geometry.Server(k.part(), i))
		if other == n {
			continue
		}
		if h := r.w.Servers[other].DurableHead(k.DB, k.Name); h.Newer(best) {
			best = h
		}
	}
	return best
}

// rotJournal flips a bit of a value in the journal, if a server holds the record.
func (r *run) rotJournal(s *Step) {
	k := &r.p.Keys[s.Key]
	h := r.journalHead(k)
	if h.Kind != kv.Live || h.Length == 0 {
		return
	}
	for i := range r.w.Geometry.Copies() {
		n := r.w.Geometry.Server(k.part(), i)
		if !h.Newer(r.w.Servers[n].DurableHead(k.DB, k.Name)) {
			r.w.Router.Rot(r.journalKey('v', k))
			r.saw(stateRotJournal)
			return
		}
	}
}
