package campaign

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// spread is how many of the seeds drew each value of each parameter.
func spread(seeds uint64) map[string]map[string]int {
	drawn := map[string]map[string]int{}
	for seed := uint64(1); seed <= seeds; seed++ {
		p := Draw(seed)
		for name, value := range p.choices() {
			if drawn[name] == nil {
				drawn[name] = map[string]int{}
			}
			drawn[name][fmt.Sprint(value)]++
		}
	}
	return drawn
}

// choices are the parameters that are drawn from a few values.
func (p *Params) choices() map[string]any {
	c := &p.Config
	return map[string]any{
		"servers": p.Servers, "copies": p.Duplication + 1, "clients": p.Clients, "databases": p.Databases, "keys": len(p.Keys),
		"values": p.ValueBytes, "engine": p.Engine, "journal": p.Journal, "volumes": p.Volumes, "deadline": c.DeadlineMillis,
		"heartbeat": c.HeartbeatMillis, "away": c.AwayMillis, "journal budget": c.JournalBudget, "table budget": c.TableBudget,
		"buffer": c.BufferCap, "lane operations": c.LaneOperations, "lane bytes": c.LaneBytes, "operations": c.MaxOperations,
		"largest value": c.MaxValue, "room": c.LargeBytes, "sweep": c.SweepMillis, "repair window": c.RepairWindow,
		"slow misses": c.SlowMisses, "slow clean": c.SlowCleanMillis, "durability": c.Durability,
	}
}

// TestSpread: a value that is hardly ever drawn is not tested. -v shows how often each is.
func TestSpread(t *testing.T) {
	const seeds = 1000
	drawn := spread(seeds)
	for _, name := range slices.Sorted(maps.Keys(drawn)) {
		line := name + ":"
		for _, value := range slices.Sorted(maps.Keys(drawn[name])) {
			n := drawn[name][value]
			line += fmt.Sprintf(" %s ×%d", value, n)
			if n < seeds/100 {
				t.Errorf("%s %s is drawn by %d of %d seeds", name, value, n, seeds)
			}
		}
		t.Log(line)
	}
	if n := drawn["copies"]; n["3"] < 200 || n["4"]+n["5"] < 100 {
		t.Errorf("copies: %v", n)
	}
}
