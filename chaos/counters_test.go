package main

import (
	"testing"

	"github.com/distributedstorage/ds/chaos/view"
)

func TestCountersOutliveTheRouter(t *testing.T) {
	c := newCounters("")
	for _, owed := range []float64{0, 5, 9, 2, 3} { // dies between 9 and 2
		c.addLocked(view.Metrics{view.Owed: owed, view.Buffered: 1})
	}
	if got := c.totals(); got.owed != 12 || got.buffered != 1 || got.early != 0 {
		t.Fatalf("%+v", got)
	}
}
