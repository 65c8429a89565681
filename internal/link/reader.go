package link

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/distributedstorage/ds/internal/wire"
)

const (
	// readSize is the buffer of a quiet link, in bytes: what one read of the socket takes.
	readSize = 64 << 10
	// HandshakeLimit bounds a frame from a peer that has no session yet, in bytes: its identity and
	// a flush table of ring.MaxDatabases entries fit.
	HandshakeLimit = 32 << 10
	// shrinkAfter is how many reads in a row may leave three quarters of a grown buffer unused.
	shrinkAfter = 16
)

// Reader cuts the bytes of a connection into frames, in batches of what has arrived. It is used
// by one goroutine.
//
// Memory follows what arrived, not what a length field announces: the buffer doubles when it is
// full of a frame's bytes. A frame that came in chunks has memory of its own.
type Reader struct {
	conn    net.Conn
	silence time.Duration
	limit   int
	frames  wire.Splitter
	buf     []byte
	from    int // of the bytes not yet given out
	to      int
	unused  int
	batch   [][]byte
	chunks  atomic.Int64
	cut     atomic.Bool // Interrupt was called
}

// ErrInterrupted is what Next ends with after Interrupt.
var ErrInterrupted = errors.New("reading was interrupted")

// NewReader reads conn from its first frame on. A frame longer than HandshakeLimit ends it until
// Admit is called.
func NewReader(conn net.Conn) *Reader {
	return &Reader{conn: conn, limit: HandshakeLimit, buf: make([]byte, readSize)}
}

// Admit lifts the limit to wire.MaxFrame: the peer has a session.
func (r *Reader) Admit() { r.limit = wire.MaxFrame }

// SetSilence makes Next fail with a time-out when nothing at all arrives for so long; 0 = wait for ever.
func (r *Reader) SetSilence(d time.Duration) {
	r.silence = d
	if d == 0 {
		_ = r.conn.SetReadDeadline(time.Time{})
	}
}

// Interrupt makes Next, now or later, fail with ErrInterrupted instead of reading from the connection,
// which stays open. Any goroutine may call it.
func (r *Reader) Interrupt() {
	r.cut.Store(true)
	_ = r.conn.SetReadDeadline(time.Unix(1, 0)) // wakes a read under way
}

// Next waits for whole frames and gives all that have arrived, at least one, with length, checksum
// and sequence verified. They are valid until the next call, those that came in chunks for ever. After an error, which
// says why the link must be closed (io.EOF: the peer closed it), it must not be called again.
func (r *Reader) Next() ([][]byte, error) {
	for {
		if err := r.split(); len(r.batch) > 0 {
			return r.batch, nil // an error comes again, at the head of the next batch
		} else if err != nil {
			return nil, err
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

// Chunks is how many chunks have arrived. Any goroutine may call it.
func (r *Reader) Chunks() int64 { return r.chunks.Load() }

// split cuts whole frames off what has arrived.
func (r *Reader) split() error {
	r.batch = r.batch[:0]
	for {
		frame, n, err := r.frames.Next(r.buf[r.from:r.to])
		if err != nil || n == 0 {
			return err
		}
		if n > r.limit {
			return r.tooLong()
		}
		r.from += n
		if wire.Chunked(r.buf[r.from-n:]) {
			r.chunks.Add(1)
		}
		if len(frame) > 0 {
			r.batch = append(r.batch, frame)
		}
	}
}

// fill makes room and reads once.
func (r *Reader) fill() error {
	if r.to-r.from >= r.limit {
		return r.tooLong()
	}
	r.makeRoom()
	if r.silence > 0 {
		if err := r.conn.SetReadDeadline(time.Now().Add(r.silence)); err != nil {
			return err
		}
	}
	if r.cut.Load() { // after the deadline was set: else it would undo that of Interrupt
		return ErrInterrupted
	}
	n, err := r.conn.Read(r.buf[r.to:])
	r.to += n
	if n > 0 {
		return nil // an error comes again
	}
	if r.cut.Load() {
		return ErrInterrupted
	}
	if err == io.EOF && r.to > r.from {
		return io.ErrUnexpectedEOF
	}
	return err
}

// makeRoom moves the beginning of a frame to the front of a buffer with room behind it.
func (r *Reader) makeRoom() {
	rest := r.buf[r.from:r.to]
	buf := r.buf
	switch {
	case len(rest) == len(r.buf):
		buf = make([]byte, min(2*len(r.buf), r.limit+readSize))
	case len(r.buf) > readSize && r.to < len(r.buf)/4:
		if r.unused++; r.unused == shrinkAfter {
			buf = make([]byte, max(len(r.buf)/2, readSize))
		}
	default:
		r.unused = 0
	}
	if len(buf) != len(r.buf) {
		r.unused = 0
	}
	copy(buf, rest)
	r.buf, r.from, r.to = buf, 0, len(rest)
}

func (r *Reader) tooLong() error {
	return fmt.Errorf("frame is longer than %d bytes", r.limit)
}
