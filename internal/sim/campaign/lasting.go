package campaign

import "github.com/distributedstorage/ds/internal/kv"

// With a relaxed durability what only waits to be synced may be lost, what was on a disk once may not: a note, or a record of the
// buffer, ends only when another disk has what it stood for. A cut of the power would show it in the one second in which that is
// not so, and the campaign spares what is nowhere else (durability.go); so this is looked at after every step.

// lasts demands that the newest record of each key that was on a disk still is on one, or a newer one.
func (r *run) lasts() {
	if !r.relaxed() || r.out.Failure != nil {
		return
	}
	if !r.twin.idle() { // there are two journals
		r.lasting = nil
		return
	}
	if r.lasting == nil {
		r.lasting = make([]kv.Head, len(r.p.Keys))
	}
	for i := range r.p.Keys {
		k := &r.p.Keys[i]
		switch key := r.journalKey('e', k); {
		case r.rotten(k): // the journal may let go of what a server holds, though it is rotten there
			r.lasting[i] = kv.Head{}
			continue
		case r.w.Router.Changing(key[1:]):
			continue
		}
		left := r.remains(k)
		if was := r.lasting[i]; was.Newer(left) {
			r.failf("NOLOSS", string(k.Name), "%s was %s on a disk, and the newest that is on one is %s", k.Name, r.w.Head(was), r.w.Head(left))
		}
		r.lasting[i] = left
	}
}

// wipe empties the volume of a server that is down.
func (r *run) wipe(n int) {
	r.w.Servers[n].Wipe()
	r.backups[n], r.lasting = nil, nil
}
