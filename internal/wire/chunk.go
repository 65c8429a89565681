package wire

// An Apply or a ReadReply whose value is longer than LargeValue travels as chunks: its body, cut into pieces
// of ChunkSize, each in a frame of its own between whatever else the connection carries. A chunk has the
// ticket of the frame that it is a piece of.

const (
	// ChunkSize is the most bytes of a body that one chunk carries.
	ChunkSize = 64 << 10
	// chunkFixed is type, code, flags, zero, total, offset.
	chunkFixed = 4 + 4 + 4
	// ownAt is a byte of the header that is zero on the wire. The assembler marks with it what it assembled.
	ownAt = 15
)

// Piece says of which frame a Chunk is a piece, and which.
type Piece struct {
	Type   Type // Apply or ReadReply
	Code   uint8
	Flags  uint8
	Total  uint32 // bytes of the whole body
	Offset uint32 // of this piece
}

// Cutter cuts one large frame into chunks. The zero value has nothing left.
type Cutter struct {
	head  []byte // the frame without its value, unsealed
	value []byte
	at    int // bytes of the body that were cut
}

// NewCutter cuts the frame whose encoding without its value is head (AppendUnsealed). Neither may change
// until the last chunk was cut.
func NewCutter(head, value []byte) Cutter { return Cutter{head: head, value: value} }

// Left is the bytes of the body that are still to be cut.
func (c *Cutter) Left() int { return len(c.head) - min(len(c.head), HeaderSize) + len(c.value) - c.at }

// Begun tells that a part was cut.
func (c *Cutter) Begun() bool { return c.at > 0 }

// Ticket is that of the frame.
func (c *Cutter) Ticket() uint64 { return le.Uint64(c.head[16:]) }

// AppendNext encodes the next chunk at the end of dst, with the sequence number that it has among chunks.
func (c *Cutter) AppendNext(dst []byte, seq uint32) []byte {
	body := c.head[HeaderSize:]
	n := min(c.Left(), ChunkSize)
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(Chunk), 0, 0, 0)
	dst = append(dst, c.head[16:HeaderSize]...)
	dst = append(dst, c.head[12], c.head[13], c.head[14], 0)
	dst = le.AppendUint32(dst, uint32(len(body)+len(c.value)))
	dst = le.AppendUint32(dst, uint32(c.at))
	if c.at < len(body) {
		k := min(n, len(body)-c.at)
		dst = append(dst, body[c.at:c.at+k]...)
		c.at, n = c.at+k, n-k
	}
	from := c.at - len(body)
	dst = append(dst, c.value[from:from+n]...)
	c.at += n
	Seal(dst[start:], seq)
	return dst
}
