package main

import (
	"testing"

	"github.com/distributedstorage/ds/chaos/view"
)

func TestCountersOutliveTheRouter(t *testing.T) {
	c := &counters{}
	c.mu.sum, c.mu.last = map[string]float64{}, view.Metrics{view.Owed: 100, view.Buffered: 1}
	for _, owed := range []float64{105, 109, 2, 3} { // dies between 109 and 2
		c.addLocked(view.Metrics{view.Owed: owed, view.Buffered: 1})
	}
	if c.total(view.Owed) != 12 || c.total(view.Buffered) != 0 || c.total(view.EarlyCorrections) != 0 {
		t.Fatal(c.total(view.Owed), c.total(view.Buffered))
	}
}
