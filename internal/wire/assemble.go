package wire

import (
	"errors"
	"fmt"
)

const (
	// MaxStreams is how many large frames may be under way in one direction of a connection at a time: the
	// next begins when one of them has ended.
	MaxStreams = 2
	// maxBody bounds a body that comes in chunks: the largest value, the longest key and the fixed part.
	maxBody = MaxValue + 2<<20
	// firstRoom is the memory in bytes with which the assembly of a body begins.
	firstRoom = 4 * ChunkSize
)

// Splitter cuts the bytes of one direction of a connection into whole frames: those that stand there, and those
// that came in chunks, at the place of their last chunk. The zero value is at the first frame.
//
// Memory follows what arrived, not what a chunk announces: the room of an assembly doubles.
type Splitter struct {
	seq, chunks uint32 // of the latest
	partial     [MaxStreams]assembly
}

type assembly struct {
	ticket uint64
	piece  Piece
	frame  []byte // nil: free
}

// Chunked tells that buf begins with a chunk.
func Chunked(buf []byte) bool { return len(buf) >= HeaderSize && Type(buf[12]) == Chunk }

// Next cuts the first frame off buf: n bytes of it are done with. n = 0 means that more bytes are needed; a frame
// of length 0 with n > 0 was a chunk that completes nothing. An error means that the link must be closed.
// A frame that came in chunks (Frame.Own) has memory of its own; any other lies in buf.
func (s *Splitter) Next(buf []byte) (frame []byte, n int, err error) {
	chunk := Chunked(buf)
	want := s.seq + 1
	if chunk {
		want = s.chunks + 1
	}
	frame, err = Split(buf, want)
	switch n = len(frame); {
	case err != nil || n == 0:
		return nil, 0, err
	case !chunk:
		s.seq++
		if t := Type(frame[12]); (t == Apply || t == ReadReply) && n > maxWhole {
			return nil, 0, fmt.Errorf("frame of type %d and %d bytes is not in chunks", t, n)
		}
		return frame, n, nil
	}
	s.chunks++
	frame, err = s.chunk(frame)
	return frame, n, err
}

// maxWhole bounds an Apply or ReadReply outside chunks: a value that is not large, and the longest key.
const maxWhole = LargeValue + 2<<20

// Frames is how many frames outside chunks were cut.
func (s *Splitter) Frames() uint32 { return s.seq }

// chunk adds a piece to its assembly, and gives the frame that it completes.
func (s *Splitter) chunk(frame []byte) ([]byte, error) {
	var f Frame
	if err := Decode(frame, &f); err != nil {
		return nil, err
	}
	p := f.Piece
	if p.Type != Apply && p.Type != ReadReply || p.Total > maxBody || len(f.Value) == 0 ||
		uint64(p.Offset)+uint64(len(f.Value)) > uint64(p.Total) {
		return nil, fmt.Errorf("chunk of type %d at %d of %d does not fit", p.Type, p.Offset, p.Total)
	}
	a, err := s.assembly(f.Ticket, p)
	if err != nil {
		return nil, err
	}
	a.add(f.Value)
	if len(a.frame)-HeaderSize < int(p.Total) {
		return nil, nil
	}
	whole := a.frame
	*a = assembly{}
	return whole, nil
}

// assembly finds or begins that of a ticket.
func (s *Splitter) assembly(ticket uint64, p Piece) (*assembly, error) {
	var free *assembly
	for i := range s.partial {
		a := &s.partial[i]
		if a.frame == nil {
			free = a
			continue
		}
		if a.ticket != ticket {
			continue
		}
		if a.piece != p.at(0) || int(p.Offset) != len(a.frame)-HeaderSize {
			return nil, errors.New("chunk is not the next one of its frame")
		}
		return a, nil
	}
	if free == nil || p.Offset != 0 {
		return nil, fmt.Errorf("chunk at %d of a frame that has not begun, or one frame in chunks too many", p.Offset)
	}
	*free = assembly{ticket: ticket, piece: p, frame: make([]byte, HeaderSize, min(HeaderSize+int(p.Total), firstRoom))}
	free.frame[12], free.frame[13], free.frame[14], free.frame[ownAt] = byte(p.Type), p.Code, p.Flags, 1
	le.PutUint64(free.frame[16:], ticket)
	return free, nil
}

func (p Piece) at(offset uint32) Piece {
	p.Offset = offset
	return p
}

func (a *assembly) add(b []byte) {
	if need := len(a.frame) + len(b); need > cap(a.frame) {
		bigger := make([]byte, len(a.frame), min(HeaderSize+int(a.piece.Total), max(need, 2*cap(a.frame))))
		copy(bigger, a.frame)
		a.frame = bigger
	}
	a.frame = append(a.frame, b...)
}
