package resp

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/wire"
)

// hold keeps bytes behind those that are held. The buffer doubles, but not past the end of an argument that is on its
// way: memory follows what arrived, and what arrived fits when it is whole.
func (s *Session) hold(data []byte) {
	if need := len(s.held) + len(data); need > cap(s.held) {
		room := 2 * need
		if end := s.parser.argumentEnd(); end > 0 {
			room = min(room, end)
		}
		bigger := make([]byte, len(s.held), max(need, room))
		copy(bigger, s.held)
		s.held = bigger
	}
	s.held = append(s.held, data...)
}

// giveAway lets the core keep the large values of requests as they lie in held: what follows them moves instead.
func (s *Session) giveAway(batch []coord.Input) {
	large := false
	for i := range batch {
		if len(batch[i].Value) > wire.LargeValue {
			batch[i].Shared, large = true, true
		}
	}
	if large {
		s.held, s.heldFrom = append([]byte(nil), s.held[s.heldFrom:]...), 0
	}
}
