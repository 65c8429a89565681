package replica

import "github.com/distributedstorage/ds/internal/wire"

// Answers is a batch of encoded answers, each with the LSN that must be durable before it may
// leave. Its owner reuses it.
type Answers struct {
	buf   []byte // unsealed frames
	items []answer
	large []largeAnswer
	bytes int // of large
}

// LargeAnswer is an answer that travels in chunks: Head is its unsealed frame without the value.
type LargeAnswer struct{ Head, Value []byte }

type largeAnswer struct {
	LargeAnswer
	lsn LSN
}

type answer struct {
	lsn LSN // 0 = may leave at once
	end int // in buf
}

// Bytes is the length of what is held.
func (a *Answers) Bytes() int { return len(a.buf) + a.bytes }

// Len is the number of answers.
func (a *Answers) Len() int { return len(a.items) + len(a.large) }

// Reset empties a and keeps its memory, unless it grew large.
func (a *Answers) Reset() {
	if cap(a.buf) > keepBytes {
		a.buf = nil
	}
	clear(a.large)
	a.buf, a.items, a.large, a.bytes = a.buf[:0], a.items[:0], a.large[:0], 0
}

func (a *Answers) add(lsn LSN, f *wire.Frame) {
	a.buf = wire.AppendUnsealed(a.buf, f)
	a.close(lsn)
}

// addLarge adds an answer whose value goes as it is: nobody may change it any more.
func (a *Answers) addLarge(lsn LSN, f *wire.Frame, value []byte) {
	a.large = append(a.large, largeAnswer{LargeAnswer{wire.AppendUnsealed(nil, f), value}, lsn})
	a.bytes += len(value)
}

// close ends the answer that was appended to buf.
func (a *Answers) close(lsn LSN) { a.items = append(a.items, answer{lsn: lsn, end: len(a.buf)}) }
