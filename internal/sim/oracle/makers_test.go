package oracle

import (
	"fmt"
	"testing"

	"github.com/distributedstorage/ds/internal/coord"
)

// TestShownLate: what late answers show may have had to come early, between overlapping calls.
func TestShownLate(t *testing.T) {
	var s story
	s.MaxValue = 1_000_000
	by := func(client int) func(*Call) {
		return func(c *Call) { c.Client, c.Ended = client, 10_000+c.Began }
	}
	for i := range 8 { // each must come while the key is not there
		value := fmt.Sprintf("a%d.", i)
		s.add(coord.OpAppend, value, unknown)
		s.add(coord.OpGet, "", func(c *Call) { shows(value)(c); by(MaxClients - 1)(c) })
	}
	for i := range 8 {
		for client := range 4 {
			s.add(coord.OpSet, fmt.Sprintf("v%d-%d.", i, client), by(client))
			s.add(coord.OpDel, "", by(client))
		}
	}
	if err := s.Fresh(0, 0); err != nil {
		t.Error(err)
	}
}
