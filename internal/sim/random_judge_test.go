package sim

import (
	"bytes"
	"encoding/binary"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// durableHead is what a server's disk holds of a key.
func (s *Server) durableHead(k simKey) kv.Head {
	st, err := s.volume.Snapshot().Open()
	if err != nil {
		panic(err) // nobody else has the copy
	}
	h, _ := st.Head(k.db, k.name)
	return h
}

// journalHead is the newest record of a key that the journal's disk holds whole.
func (r *campaign) journalHead(k simKey) kv.Head {
	key := binary.BigEndian.AppendUint16([]byte{'e'}, uint16(hashOf(k).Partition()))
	key = binary.BigEndian.AppendUint16(key, uint16(k.db))
	key = append(binary.BigEndian.AppendUint64(key, uint64(hashOf(k))), k.name...)
	row, ok := r.w.Router.rows[string(key)]
	if !ok {
		return kv.Head{}
	}
	for _, op := range r.w.Router.pending {
		if op.key[1:] == string(key[1:]) {
			return kv.Head{} // it is about to change
		}
	}
	h := kv.DecodeHead(row)
	key[0] = 'v'
	if v, ok := r.w.Router.rows[string(key)]; h.Kind == kv.Tombstone || ok && kv.Checksum(h.Kind, h.Expiry, v) == h.Checksum {
		return h
	}
	return kv.Head{}
}

// expendable tells that everything on the server's disk is on another's too, or in the journal.
func (r *campaign) expendable(n int) bool {
	for _, k := range r.keys {
		mine := r.w.Servers[n].durableHead(k)
		if !mine.Exists() || r.w.Geometry.Copy(hashOf(k).Partition(), ring.Server(n)) < 0 {
			continue
		}
		best := r.journalHead(k)
		for i := range r.w.Geometry.Copies() {
			s := r.w.Servers[r.w.Geometry.Server(hashOf(k).Partition(), i)]
			if h := s.durableHead(k); int(s.number) != n && h.Newer(best) {
				best = h
			}
		}
		if mine.Newer(best) {
			return false
		}
	}
	return true
}

// judge demands what must hold once everything was healed.
func (r *campaign) judge() {
	for i := range r.keys {
		r.equalCopies(r.keys[i])
		if r.err == nil {
			r.fresh(i)
		}
	}
	r.equalDigests()
	r.w.Pass(2500) // what is written lazily gets its turn
	for _, key := range sortedKeys(r.w.Router.rows) {
		if bytes.IndexByte([]byte("evds"), key[0]) >= 0 {
			r.failf("", "the journal still holds row %q", key)
		}
	}
	if err := r.w.Router.core.Idle(); err != nil {
		r.failf("", "not idle: %w", err)
	}
	if n := len(r.w.Router.pending) + len(r.w.Router.reads); n > 0 {
		r.failf("", "%d rows of the journal are pending", n)
	}
}

// equalCopies demands that all copies of the key are the same to the byte.
func (r *campaign) equalCopies(k simKey) {
	var first kv.Head
	var value []byte
	for i := range r.w.Geometry.Copies() {
		s := r.w.Servers[r.w.Geometry.Server(hashOf(k).Partition(), i)]
		h, v, _, status := s.store.Read(k.db, k.name, nil)
		if i == 0 {
			first, value = h, v
		}
		if h != first || !bytes.Equal(v, value) {
			r.failf(string(k.name), "server %d holds %s %q (status %d), the home server %s %q",
				s.number, r.w.head(h), v, status, r.w.head(first), value)
		}
	}
}

func (r *campaign) equalDigests() {
	for p := range kv.Partition(kv.Partitions) {
		first := r.w.Servers[r.w.Geometry.Server(p, 0)].store.Digest(p)
		for i := range r.w.Geometry.Copies() {
			if d := r.w.Servers[r.w.Geometry.Server(p, i)].store.Digest(p); d != first {
				r.failf("", "converged, but the digests of partition %d differ", p)
			}
		}
	}
}
