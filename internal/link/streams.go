package link

import (
	"slices"

	"github.com/distributedstorage/ds/internal/wire"
)

// roundBytes is about how much of the large frames goes behind the small ones in one write: what a small
// frame may have to wait for.
const roundBytes = 2 * wire.ChunkSize

// streams are large frames on their way, in turns: the first wire.MaxStreams share the connection chunk by
// chunk, the rest wait for one of them to end.
type streams struct {
	list []wire.Cutter
	turn int
	seq  uint32 // of the latest chunk
	left int64  // bytes not yet cut
}

func (s *streams) empty() bool { return len(s.list) == 0 }

func (s *streams) add(c wire.Cutter) {
	s.list = append(s.list, c)
	s.left += int64(c.Left())
}

// withdraw takes out a frame that has not begun, and tells how many bytes it had; 0 = it has begun, or is not there.
func (s *streams) withdraw(ticket uint64) (bytes int) {
	i := slices.IndexFunc(s.list, func(c wire.Cutter) bool { return c.Ticket() == ticket && !c.Begun() })
	if i < 0 {
		return 0
	}
	bytes = s.list[i].Left()
	s.left -= int64(bytes)
	s.list = slices.Delete(s.list, i, i+1)
	return bytes
}

// cut appends a round of chunks to dst, and the tickets of the frames that are cut to their end to ended.
func (s *streams) cut(dst []byte, ended []uint64) ([]byte, []uint64) {
	for begin := len(dst); len(dst)-begin < roundBytes && !s.empty(); {
		if s.turn >= min(len(s.list), wire.MaxStreams) {
			s.turn = 0
		}
		c := &s.list[s.turn]
		before := c.Left()
		s.seq++
		dst = c.AppendNext(dst, s.seq)
		s.left -= int64(before - c.Left())
		if c.Left() > 0 {
			s.turn++
			continue
		}
		ended = append(ended, c.Ticket())
		s.list = append(s.list[:s.turn], s.list[s.turn+1:]...)
		clear(s.list[len(s.list):cap(s.list)])
	}
	return dst, ended
}
