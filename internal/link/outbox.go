package link

import (
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/distributedstorage/ds/internal/wire"
)

// DefaultKeep is the largest buffer that an idle Outbox keeps for reuse, in bytes. It has two.
const DefaultKeep = 64 << 10

// inlineRounds bounds how often a Flush goes on with what others appended meanwhile, before it
// leaves the rest to the writer: whoever flushes has work of its own to do.
const inlineRounds = 4

// drainChunk is what the writer hands to the socket at once, in bytes, so that Pending moves
// while a slow peer takes a large buffer.
const drainChunk = 256 << 10

// Outbox holds the bytes for one socket and writes them in the order in which they were
// appended, without ever blocking who appends or flushes. All methods may be called by
// many goroutines at once.
//
// Invariants:
//  1. At most one goroutine (a Flush or the writer) writes at a time: who set mu.sending.
//  2. Bytes leave in the order of Append and AppendShared. Large frames (AppendLarge) leave in chunks behind what
//     was appended by the time a chunk is cut.
//  3. After an error or Close nothing is held and nothing is written.
//  4. What was given with AppendShared is let go of exactly once.
type Outbox struct {
	conn    net.Conn
	raw     syscall.RawConn // nil: the writer goroutine does all writing
	onError func(error)
	drained func()              // nil: nobody wants to know
	left    func(ticket uint64) // likewise
	pending atomic.Int64
	taken   atomic.Int64
	large   atomic.Int64
	done    chan struct{}

	// Of the goroutine that set sending; attempt is made once, so that a flush allocates nothing.
	attempt func(fd uintptr) bool
	out     []byte
	wrote   int
	errno   error
	ended   []uint64 // tickets whose last chunk is in what is being written
	shares  []share  // of what is being written

	mu struct {
		sync.Mutex
		fill, spare []byte
		shares      []share
		streams     streams
		keep        int
		sending     bool
		finishing   bool // close when drained
		closed      bool
		waiting     int // goroutines in WaitBelow
	}
	less sync.Cond // something was written while mu.waiting
}

// NewOutbox is the outbox of conn, which it closes after a write error, Close or Finish. It writes inline
// where conn is a *net.TCPConn or *net.UnixConn; others (TLS, net.Pipe) only have the writer goroutine.
// onError (nil = nobody wants to know) is called at most once, in a goroutine of its own, with the write
// error that ended the connection; not after Close.
func NewOutbox(conn net.Conn, onError func(error)) *Outbox {
	o := &Outbox{conn: conn, onError: onError, done: make(chan struct{})}
	o.mu.keep = DefaultKeep
	o.less.L = &o.mu
	o.raw = rawConn(conn)
	o.attempt = o.writeRaw
	return o
}

// SetKeep changes how large a buffer may be that is kept for reuse, in bytes.
func (o *Outbox) SetKeep(bytes int) {
	o.mu.Lock()
	o.mu.keep = bytes
	o.mu.Unlock()
}

// OnDrained has f called whenever the writer goroutine, to which a Flush left what the socket did not take
// at once, has written everything. It is set before the first Flush; f must not block.
func (o *Outbox) OnDrained(f func()) { o.drained = f }

// OnLeft has f called with the ticket of each large frame once the socket has taken its last chunk. It is set
// before the first Flush; f must not block.
func (o *Outbox) OnLeft(f func(ticket uint64)) { o.left = f }

// Append adds a copy of b to what is to be written. Nothing is written before the next Flush,
// unless a writer is under way. It is dropped if the connection has ended.
func (o *Outbox) Append(b []byte) {
	if len(b) == 0 {
		return
	}
	o.mu.Lock()
	if !o.mu.closed {
		o.mu.fill = append(o.mu.fill, b...)
		o.pending.Add(int64(len(b)))
	}
	o.mu.Unlock()
}

// AppendShared adds b itself, in the order of Append: nobody may change it any more. done (nil = nobody wants to
// know) is called once it was written, or dropped; maybe before AppendShared returns, or under a lock of Close's caller.
func (o *Outbox) AppendShared(b []byte, done func()) {
	o.mu.Lock()
	closed := o.mu.closed
	if !closed {
		o.mu.shares = append(o.mu.shares, share{at: len(o.mu.fill), b: b, done: done})
		o.pending.Add(int64(len(b)))
	}
	o.mu.Unlock()
	if closed && done != nil {
		done()
	}
}

// AppendLarge adds a frame that travels in chunks, between other frames: head is its encoding without the
// value, which it copies; value is kept as it is, and nobody may change it any more. It is not counted in Pending.
func (o *Outbox) AppendLarge(head, value []byte) {
	c := wire.NewCutter(append([]byte(nil), head...), value)
	o.mu.Lock()
	if !o.mu.closed {
		o.mu.streams.add(c)
		o.large.Add(int64(c.Left()))
	}
	o.mu.Unlock()
}

// Withdraw takes out the large frame of a ticket that has not begun to leave, and tells whether it did.
func (o *Outbox) Withdraw(ticket uint64) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := o.mu.streams.withdraw(ticket)
	o.large.Add(-int64(n))
	return n > 0
}

// Flush writes what the socket takes without waiting; the rest is left to a writer goroutine
// that ends once everything is written. If somebody is writing already, that one goes on with it.
func (o *Outbox) Flush() {
	buf, ok := o.acquire()
	if !ok {
		return
	}
	for round := 0; o.raw != nil && len(o.shares) == 0 && round < inlineRounds; round++ {
		n, err := o.tryWrite(buf)
		if err != nil {
			o.fail(err)
			return
		}
		if n < len(buf) {
			go o.drain(buf, n)
			return
		}
		if buf, ok = o.next(buf); !ok {
			return
		}
	}
	go o.drain(buf, 0)
}

// Pending is the number of bytes appended and not yet taken by the socket.
func (o *Outbox) Pending() int { return int(max(o.pending.Load(), 0)) }

// Large is the number of bytes of large frames that were not yet cut into chunks.
func (o *Outbox) Large() int64 { return o.large.Load() }

// Taken is how many bytes the socket has taken in all.
func (o *Outbox) Taken() int64 { return o.taken.Load() }

// WaitBelow blocks until fewer than limit bytes are pending, and fewer than large of large frames, or the connection
// has ended: for a reader that takes no more requests while their answers pile up.
func (o *Outbox) WaitBelow(limit int, large int64) {
	full := func() bool { return o.Pending() >= limit || o.Large() >= large }
	if !full() {
		return
	}
	o.mu.Lock()
	o.mu.waiting++
	for !o.mu.closed && full() {
		o.less.Wait()
	}
	o.mu.waiting--
	o.mu.Unlock()
}

// took counts bytes that the socket took.
func (o *Outbox) took(n int) {
	o.taken.Add(int64(n))
	o.pending.Add(-int64(n))
	o.mu.Lock()
	if o.mu.waiting > 0 {
		o.less.Broadcast()
	}
	o.mu.Unlock()
}

// Finish closes the connection once everything appended so far is written, or after the timeout.
// What is appended later may be lost.
func (o *Outbox) Finish(timeout time.Duration) {
	o.mu.Lock()
	o.mu.finishing = true
	idle := !o.mu.sending && !o.filledLocked()
	o.mu.Unlock()
	if idle {
		o.Close()
		return
	}
	// A peer that does not read ends the writer with a time-out, hence with a close.
	_ = o.conn.SetWriteDeadline(time.Now().Add(timeout))
	o.Flush()
}

// Close closes the connection at once and drops what is not written. It may be called again.
func (o *Outbox) Close() { o.shut() }

// Done is closed when the connection is: after Close, Finish or a write error.
func (o *Outbox) Done() <-chan struct{} { return o.done }

func (o *Outbox) filledLocked() bool {
	return len(o.mu.fill) > 0 || len(o.mu.shares) > 0 || !o.mu.streams.empty()
}

// acquire makes the caller the one who writes and gives it what there is.
func (o *Outbox) acquire() ([]byte, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.mu.sending || o.mu.closed || !o.filledLocked() {
		return nil, false
	}
	o.mu.sending = true
	return o.swapLocked(), true
}

// next takes back a written buffer and gives what was appended meanwhile; without any the
// caller is no longer the one who writes.
func (o *Outbox) next(written []byte) ([]byte, bool) {
	if o.left != nil {
		for _, ticket := range o.ended {
			o.left(ticket)
		}
	}
	o.ended = o.ended[:0]
	o.mu.Lock()
	if !o.mu.closed && cap(written) <= o.mu.keep {
		o.mu.spare = written[:0]
	}
	if o.filledLocked() {
		defer o.mu.Unlock()
		return o.swapLocked(), true
	}
	o.mu.sending = false
	if cap(o.mu.fill) > o.mu.keep {
		o.mu.fill = nil
	}
	finishing := o.mu.finishing
	o.mu.Unlock()
	if finishing {
		o.Close()
	}
	return nil, false
}

// swapLocked takes what was appended, and a few chunks behind it.
func (o *Outbox) swapLocked() []byte {
	buf := o.mu.fill
	o.mu.fill, o.mu.spare = o.mu.spare[:0], nil
	o.shares, o.mu.shares = o.mu.shares, nil
	if o.mu.streams.empty() {
		return buf
	}
	whole := len(buf)
	left := o.mu.streams.left
	buf, o.ended = o.mu.streams.cut(buf, o.ended)
	o.pending.Add(int64(len(buf) - whole))
	o.large.Add(o.mu.streams.left - left)
	return buf
}

// drain is the writer goroutine: it begins with buf[from:] and ends when nothing is left.
func (o *Outbox) drain(buf []byte, from int) {
	for ok := true; ok; {
		if err := o.write(buf, from); err != nil {
			o.fail(err)
			return
		}
		buf, ok = o.next(buf)
		from = 0
	}
	if o.drained != nil {
		o.drained()
	}
}

// tryWrite writes what the socket takes now.
func (o *Outbox) tryWrite(buf []byte) (int, error) {
	o.out, o.wrote, o.errno = buf, 0, nil
	err := o.raw.Write(o.attempt)
	o.out = nil
	o.took(o.wrote)
	if err == nil {
		err = o.errno
	}
	return o.wrote, err
}

// fail ends the connection because of a write error.
func (o *Outbox) fail(err error) {
	if o.shut() && o.onError != nil {
		go o.onError(err)
	}
	o.shares = letGo(o.shares)
}

// shut closes the connection; it tells whether this call did it.
func (o *Outbox) shut() bool {
	o.mu.Lock()
	first := !o.mu.closed
	o.mu.closed = true
	o.mu.fill, o.mu.spare, o.mu.streams = nil, nil, streams{}
	shares := o.mu.shares
	o.mu.shares = nil
	o.pending.Store(0)
	o.large.Store(0)
	o.less.Broadcast()
	o.mu.Unlock()
	if first {
		_ = o.conn.Close()
		close(o.done)
	}
	letGo(shares)
	return first
}
