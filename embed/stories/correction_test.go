package stories

import (
	"testing"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/embed"
	"github.com/distributedstorage/ds/embed/embedtest"
)

func TestSetAndGet(t *testing.T) {
	c := start(t)
	c.AssertEverywhere(write(t, c, "value")...)
}

func TestEarlyCorrection(t *testing.T) {
	for name, stop := range map[string]func(*embedtest.Cluster, ...int){
		"stopped": (*embedtest.Cluster).StopServer, "killed": (*embedtest.Cluster).KillServer,
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			write(t, c, "old")
			gone := remove(t, c, 0, c.Key(0, 1, 5))
			back := set(t, c, 0, c.Key(0, 1, 6), "kept")
			stop(c, 1)
			pairs := append(write(t, c, "new"), gone, back, remove(t, c, 0, c.Key(0, 0, 6)))

			why := c.Why(0, c.Key(0, 1, 0))
			if away, other := copyOf(t, why, 1), copyOf(t, why, 2); !away.Owed || away.Kind != nil || other.Owed || *other.Kind != "live" || why.Buffered {
				t.Errorf("while server 1 is away: %s", embedtest.Describe(why))
			}
			c.AssertReads(pairs...)
			c.AwaitDiverged()
			c.StartServer(1)
			c.AwaitCount("early_corrections", 1)
			c.AssertEverywhere(pairs...)
		})
	}
}

// A server lost a key, and nobody knows: the sweep sees it but is set to repair nothing; a read repairs it.
func TestLateCorrection(t *testing.T) {
	c := embedtest.New(t, embed.RouterConfig{Sweep: embed.SweepCompare})
	pairs := write(t, c, "value")
	lost := pairs[0]
	c.AwaitConverged()
	c.StopServer(0)
	c.Lose(0, 0, lost.Key)
	c.StartServer(0)
	c.AwaitState(0, client.InSync)
	c.AwaitDiverged()
	c.AwaitCount("sweep_differences", c.Count("sweep_differences")+5)

	why, before := c.Why(0, lost.Key), c.Count("late_corrections")
	if *copyOf(t, why, 0).Kind != "none" || *copyOf(t, why, 1).Kind != "live" {
		t.Fatalf("nothing is lost: %s", embedtest.Describe(why))
	}
	c.AssertReads(lost)
	c.AwaitCount("late_corrections", before+1)
	c.AssertEverywhere(pairs...)
}

func TestSweepRepairsWhatNobodyReads(t *testing.T) {
	c := start(t)
	pairs := write(t, c, "value")
	c.AwaitConverged()
	c.StopServer(0)
	c.Lose(0, 0, pairs[0].Key)
	c.StartServer(0)
	c.AwaitInSync()
	c.AwaitConverged()
	why := c.Why(0, pairs[0].Key)
	if *copyOf(t, why, 0).Kind != "live" {
		t.Fatalf("converged with a difference: %s", embedtest.Describe(why))
	}
	c.AssertEverywhere(pairs...)
}

func TestDeleteWhileACopyIsAway(t *testing.T) {
	c := start(t)
	key := c.Key(0, 2, 0)
	set(t, c, 0, key, "value")
	c.StopServer(2)
	gone := remove(t, c, 0, key)
	c.AssertReads(gone)
	c.StartServer(2)
	c.AssertEverywhere(gone)
}
