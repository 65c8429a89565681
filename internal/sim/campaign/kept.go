package campaign

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/wire"
)

// kept demands, beside what the key's history as a register says, that every copy holds the last acknowledged write or one that may have come
// after it, and none that nobody wrote or whose client was told that nothing was done; and that no answer showed such a one, or
// one that had expired or been deleted.
func (r *run) kept(key int) {
	k := &r.p.Keys[key]
	w := r.history.Writes(key, k.DB, string(k.Name))
	if err := w.Ghosts(); err != nil {
		r.failf("NOGHOST", string(k.Name), "%v", err)
	}
	now := r.w.Router.Core().ExpiryMillis()
	for i := range r.w.Geometry.Copies() {
		n := r.w.Geometry.Server(k.part(), i)
		h, v, _, status := r.w.Servers[n].Store().Read(k.DB, k.Name, nil)
		switch {
		case status == wire.StatusRotten:
			continue
		case h.Kind != kv.Live || h.Expiry != 0 && h.Expiry <= now:
			if err := w.Lost(); err != nil {
				r.failf("NOLOSS", string(k.Name), "server %d: %v", n, err)
			}
			continue
		}
		if err := w.Ghost(string(v)); err != nil {
			r.failf("NOGHOST", string(k.Name), "server %d: %v", n, err)
		}
		if err := w.Stale(string(v)); err != nil {
			r.failf("NOLOSS", string(k.Name), "server %d: %v", n, err)
		}
	}
}
