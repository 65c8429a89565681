package resp

import "github.com/distributedstorage/ds/internal/kv"

// readsSearched bounds how many reads a write is compared with; behind more it waits.
const readsSearched = 256

// reads are the keys that commands under way read, in the order of the commands. A record may have to be asked for
// once more: when its length is known, or when copies disagree. A later write of the same client must not be what is
// found then, so it waits for the answer.
type reads struct {
	list []read
	from int // those before are over
}

type read struct {
	seq  uint64 // of the command
	hash kv.Hash
}

// add notes a read of the latest command; head is the oldest that is not answered.
func (r *reads) add(head, seq uint64, hash kv.Hash) {
	r.forget(head)
	if 2*r.from >= len(r.list) {
		r.list, r.from = r.list[:copy(r.list, r.list[r.from:])], 0
	}
	r.list = append(r.list, read{seq, hash})
}

// forget drops those before head.
func (r *reads) forget(head uint64) {
	for r.from < len(r.list) && r.list[r.from].seq < head {
		r.from++
	}
}

// before gives the latest command under way that reads a key which the command in s.argv writes.
func (s *Session) before(c *command) (seq uint64, found bool) {
	s.reads.forget(s.ring.head)
	if s.reads.from == len(s.reads.list) || c.first == 0 { // a write without keys is alone anyway
		return 0, false
	}
	for i := c.first; i <= c.lastKey(len(s.argv)); i += c.step {
		if at, ok := s.lastRead(kv.HashKey(s.state.DB, s.argv[i])); ok && (!found || at > seq) {
			seq, found = at, true
		}
	}
	return seq, found
}

// lastRead is the latest read of a key that is under way, or the first that is too far back to be compared.
func (s *Session) lastRead(hash kv.Hash) (seq uint64, found bool) {
	list := s.reads.list[s.reads.from:]
	for i := len(list) - 1; i >= 0; i-- {
		if r := list[i]; (r.hash == hash || len(list)-i > readsSearched) && s.underWay(r.seq) {
			return r.seq, true
		}
	}
	return 0, false
}

// underWay tells that a command has no answer yet.
func (s *Session) underWay(seq uint64) bool { return seq >= s.ring.head && !s.ring.at(seq).done }
