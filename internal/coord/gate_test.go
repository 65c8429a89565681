package coord

import (
	"testing"
	"time"

	"github.com/distributedstorage/ds/internal/wire"
)

// TestLargeBehindMany: a large value that waits for many small ones of its key costs them next to nothing. When each of their answers had it look through
// all operations again, 20,000 took a hundred times as long.
func TestLargeBehindMany(t *testing.T) {
	const n = 20_000
	answered := func(large bool) time.Duration {
		r := newRig(t, wire.DurabilityAlways)
		r.run(t, requests(OpSet, n), ReplyOK) // they end in order, and places are given out in falling order from now on
		batch := requests(OpSet, n)
		for i := range batch {
			batch[i].Key = []byte("one")
		}
		if large {
			batch = append(batch, Input{Kind: InRequest, Op: OpSet, Conn: 1, Tag: n, Key: []byte("one"), Value: make([]byte, wire.LargeValue+1), Shared: true})
		}
		r.step(batch...)
		answers := r.answer()
		r.spent = 0
		r.step(answers...)
		return r.spent
	}
	few, many := answered(false), answered(true)
	if many > 20*few+50*time.Millisecond {
		t.Errorf("%v with a large value behind them, %v without", many, few)
	}
}
