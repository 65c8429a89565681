package stories

import (
	"errors"
	"testing"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/embed"
	"github.com/distributedstorage/ds/embed/embedtest"
)

// Everything is away: writes wait in the buffer, are read from it, and are paid to servers that return one
// after the other, in either order.
func TestEverythingAway(t *testing.T) {
	for name, order := range map[string][]int{"0 1 2": {0, 1, 2}, "2 1 0": {2, 1, 0}} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			write(t, c, "old")
			c.StopServer(0, 1, 2)
			pairs := write(t, c, "new")
			pairs[1] = remove(t, c, 0, pairs[1].Key)
			c.AssertReads(pairs...)
			key := c.Key(0, 0, 0)
			why := c.Why(0, key)
			if !why.Buffered || !copyOf(t, why, 0).Owed || !copyOf(t, why, 1).Owed {
				t.Errorf("while all are away: %s", embedtest.Describe(why))
			}
			for _, n := range order {
				c.StartServer(n)
				c.AwaitState(n, client.InSync)
				c.AssertReads(pairs...)
			}
			c.AssertEverywhere(pairs...)
		})
	}
}

// The only holder of an owed record is away when the other copy returns: the journal has it.
func TestDebtIsPaidFromTheJournal(t *testing.T) {
	c := start(t)
	key := c.Key(0, 0, 0)
	set(t, c, 0, key, "old")
	c.StopServer(0)
	pair := set(t, c, 0, key, "new")
	c.StopServer(1)
	c.StartServer(0)
	c.AwaitState(0, client.InSync)
	c.AssertReads(pair)
	c.StartServer(1)
	c.AssertEverywhere(pair)
}

func TestRouterRestartsWithTableAndBuffer(t *testing.T) {
	for name, stop := range map[string]func(*embedtest.Cluster){
		"stopped": (*embedtest.Cluster).StopRouter, "killed": (*embedtest.Cluster).KillRouter,
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			write(t, c, "old")
			c.StopServer(1)
			owed := set(t, c, 0, c.Key(0, 1, 10), "owed to one")
			c.StopServer(0, 2)
			buffered := write(t, c, "buffered")
			stop(c)
			c.StartRouter()
			c.AssertReads(buffered...)
			if why := c.Why(0, buffered[0].Key); !why.Buffered {
				t.Errorf("not buffered: %s", embedtest.Describe(why))
			}
			for n := range 3 {
				c.StartServer(n)
			}
			c.AssertEverywhere(append(buffered, owed)...)
		})
	}
}

func TestRouterAndServersKilledTogether(t *testing.T) {
	c := start(t)
	pairs := write(t, c, "value")
	c.KillRouter()
	c.KillServer(0, 1, 2)
	c.StartAll()
	c.AssertEverywhere(pairs...)
}

func TestStackDownAndUp(t *testing.T) {
	c := start(t)
	pairs := write(t, c, "value")
	for range 3 {
		c.StopAll()
		c.StartAll()
	}
	c.AssertEverywhere(pairs...)
}

// The sweep only compares: a wiped volume is filled because it is known to be another one.
func TestWipedVolume(t *testing.T) {
	c := embedtest.New(t, embed.RouterConfig{Sweep: embed.SweepCompare})
	pairs := write(t, c, "value")
	before, err := c.Client(0).Servers(limit(t))
	check(t, err)
	c.StopServer(2)
	c.WipeServer(2)
	c.StartServer(2)
	c.AwaitCount("wiped", 1)
	c.AssertEverywhere(pairs...)
	after, err := c.Client(0).Servers(limit(t))
	check(t, err)
	if *before[2].StoreID == *after[2].StoreID {
		t.Error("a new volume has the old store id")
	}
}

// A wiped server knows nothing of its keys: while the other copy is away it must not say that there are none.
func TestWipedVolumeDoesNotVouch(t *testing.T) {
	c := start(t)
	pairs := write(t, c, "value")
	key := c.Key(0, 1, 0) // on 1 and 2
	c.StopServer(1, 2)
	c.WipeServer(1)
	c.StartServer(1)
	c.AwaitState(1, client.Behind)
	if _, err := c.Client(0).Fetch(limit(t), key); !errors.Is(err, client.ErrNoServer) {
		t.Errorf("only a wiped copy is there: %v", err)
	}
	c.StartServer(2)
	c.AssertEverywhere(pairs...)
}

func TestNoServerForAKey(t *testing.T) {
	c := start(t)
	key := c.Key(0, 0, 0)
	pair := set(t, c, 0, key, "value")
	c.StopServer(0, 1)
	if _, err := c.Client(0).Fetch(limit(t), key); !errors.Is(err, client.ErrNoServer) {
		t.Errorf("Fetch with both copies away: %v", err)
	}
	check(t, c.Client(0).SendGet(key))
	if _, err := c.Client(0).Wait(limit(t), key); !errors.Is(err, client.ErrNoServer) {
		t.Errorf("Wait with both copies away: %v", err)
	}
	if _, err := c.Client(0).List(limit(t)); !errors.Is(err, client.ErrNoServer) {
		t.Errorf("List with keys that nobody can see: %v", err)
	}
	c.StartServer(1)
	c.AwaitState(1, client.InSync)
	c.AssertReads(pair)
}
