package campaign

import (
	"bytes"
	"errors"
	"slices"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/store"
)

// rot flips a bit of a key's value on one server, if another copy or the journal still has it whole.
func (r *run) rot(n, key int) {
	k := &r.p.Keys[key]
	srv := r.w.Servers[n]
	if !srv.Alive() || !r.mayRot(n, k) {
		return
	}
	others := func(db kv.DB, name []byte) bool {
		i := slices.IndexFunc(r.p.Keys, func(k Key) bool { return k.DB == db && bytes.Equal(k.Name, name) })
		return i >= 0 && r.mayRot(n, &r.p.Keys[i])
	}
	if srv.Store().Rot(k.DB, k.Name, others) {
		r.saw(stateRotted)
	}
}

// mayRot tells that what a server that runs holds of a key is a value that may rot.
func (r *run) mayRot(n int, k *Key) bool {
	mine := r.w.Servers[n].DurableHead(k.DB, k.Name)
	if mine.Kind != kv.Live || !r.spare(n, k, mine) {
		return false
	}
	now, _ := r.w.Servers[n].Store().Head(k.DB, k.Name)
	return now == mine // else what would rot is newer, and perhaps nowhere else
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

// spoil damages a file of a volume that nobody needs. What can't be opened is emptied, as the error demands.
func (r *run) spoil(s *Step) {
	srv := r.w.Servers[s.Server]
	if !r.expendable(s.Server) {
		return
	}
	confirmed := srv.Durable()
	what := srv.Spoil(s.Roll)
	if what == "" {
		return
	}
	r.notef("server %d: %s", s.Server, what)
	r.saw(stateSpoiled)
	r.backups[s.Server] = nil
	r.losses.torn[s.Server] = true
	err := srv.Start()
	switch {
	case err == nil && (srv.Durable() >= confirmed || r.noticed(s.Server, srv.Durable())):
		r.saw(stateSpoiledOpened)
		return
	case err == nil: // nobody can tell it from one whose last writes were not synced
		srv.Kill()
	case !errors.Is(err, store.ErrDamaged):
		r.failf("ASSERTED", "", "server %d does not start, and does not say what to do: %v", s.Server, err)
	default:
		r.saw(stateSpoiledRefused)
	}
	srv.Wipe()
}
