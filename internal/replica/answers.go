package replica

import "github.com/distributedstorage/ds/internal/wire"

// Answers is a batch of encoded answers, each with the LSN that must be durable before it may
// leave. Its owner reuses it.
type Answers struct {
	buf   []byte // unsealed frames
	items []answer
}

type answer struct {
	lsn LSN // 0 = may leave at once
	end int // in buf
}

// Bytes is the length of what is held.
func (a *Answers) Bytes() int { return len(a.buf) }

// Len is the number of answers.
func (a *Answers) Len() int { return len(a.items) }

// Reset empties a and keeps its memory, unless it grew large.
func (a *Answers) Reset() {
	if cap(a.buf) > keepBytes {
		a.buf = nil
	}
	a.buf, a.items = a.buf[:0], a.items[:0]
}

func (a *Answers) add(lsn LSN, f *wire.Frame) {
	a.buf = wire.AppendUnsealed(a.buf, f)
	a.close(lsn)
}

// close ends the answer that was appended to buf.
func (a *Answers) close(lsn LSN) { a.items = append(a.items, answer{lsn: lsn, end: len(a.buf)}) }
