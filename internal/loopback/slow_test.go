package loopback

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/loopback/faultproxy"
	"github.com/distributedstorage/ds/internal/ring"
)

func TestSlowLinks(t *testing.T) {
	for what, rules := range map[string]faultproxy.Rules{
		"latency near the deadline":  {Latency: 150 * time.Millisecond}, // there and back
		"latency above the deadline": {Latency: 250 * time.Millisecond},
		"4 KB a second":              {Rate: 4 << 10},
		"one byte a write":           {Piece: 1},
	} {
		t.Run(what, func(t *testing.T) {
			tell(t, func(s *story) {
				before := s.others(0)
				s.Links[0].Both(rules)
				s.progress()
				s.areQuick(s.others(0), before)
				s.Links[1].Both(rules)
				s.progress()
				s.Links[0].Heal()
				s.Links[1].Heal()
				s.inSync()
			})
		})
	}
}

// quick is what half of the operations on keys of healthy servers must stay below, beside twice what they took before:
// half of the deadline that a slow copy costs.
const quick = 200 * time.Millisecond

func (s *story) areQuick(median, before time.Duration) {
	s.Helper()
	if median > 2*before+quick {
		s.Errorf("half of the operations on keys of healthy servers took %v or more, %v before", median, before)
	}
}

// others measures keys that have no copy on the server.
func (s *story) others(server int) (median time.Duration) {
	s.Helper()
	var took []time.Duration
	g := ring.New(Servers, Copies-1, ring.MaxDatabases)
	for i := 0; len(took) < 200; i++ {
		key := fmt.Sprintf("quick-%d", i)
		if g.Copy(kv.HashKey(0, []byte(key)).Partition(), ring.Server(server)) >= 0 {
			continue
		}
		began := time.Now()
		must(s.T, s.client.Set(s.ctx, key, "x", 0).Err())
		_, err := s.read(s.client, key)
		must(s.T, err)
		took = append(took, time.Since(began)/2)
	}
	slices.Sort(took)
	median = took[len(took)/2]
	most := took[len(took)*99/100]
	s.Logf("keys of other servers: median %v, p99 %v", median.Round(time.Microsecond), most.Round(time.Microsecond))
	return median
}
