package respserver

import (
	"sync"

	"github.com/distributedstorage/ds/internal/coord"
)

// readBytes is how much is read at once.
const readBytes = 64 << 10

// keepInputs is the longest batch that is kept for reuse.
const keepInputs = 8 << 10

// turn is what one read needs: it belongs to a connection only while its bytes are dealt with.
type turn struct {
	buf   [readBytes]byte
	batch []coord.Input
}

var turns = sync.Pool{New: func() any { return new(turn) }}

func getTurn() *turn { return turns.Get().(*turn) }

func putTurn(t *turn) {
	if t == nil {
		return
	}
	if cap(t.batch) > keepInputs {
		t.batch = nil
	}
	clear(t.batch) // it points into other buffers
	t.batch = t.batch[:0]
	turns.Put(t)
}
