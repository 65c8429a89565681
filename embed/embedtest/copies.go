package embedtest

import (
	"context"
	"errors"
	"fmt"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/store/engine"
)

// Pair is a key of a database with the value it must have; nil: it must not be there.
type Pair struct {
	Database int
	Key      string
	Value    []byte
}

func (c *Cluster) geometry() ring.Geometry {
	duplication := c.cfg.Duplication
	if duplication == 0 {
		duplication = 1
	}
	return ring.New(c.cfg.NumberOfServers, max(duplication, 0), 16)
}

// Key is the i-th key of a database whose home is the server.
func (c *Cluster) Key(database, home, i int) string {
	g := c.geometry()
	for n := 0; ; n++ {
		key := fmt.Sprint("key-", n)
		if g.Home(kv.HashKey(kv.DB(database), []byte(key)).Partition()) != ring.Server(home) {
			continue
		}
		if i == 0 {
			return key
		}
		i--
	}
}

// Copies are the servers that hold a key.
func (c *Cluster) Copies(database int, key string) []int {
	g, p := c.geometry(), kv.HashKey(kv.DB(database), []byte(key)).Partition()
	list := make([]int, g.Copies())
	for i := range list {
		list[i] = int(g.Server(p, i))
	}
	return list
}

// Why is DS WHY.
func (c *Cluster) Why(database int, key string) client.Why {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Limit)
	defer cancel()
	why, err := c.Client(database).Why(ctx, key)
	if err != nil {
		c.t.Fatalf("DS WHY %s: %v", key, err)
	}
	return why
}

// Lose removes a key from the volume of a server that is stopped, so that nobody knows.
func (c *Cluster) Lose(server, database int, key string) {
	c.t.Helper()
	volume, err := engine.Open(c.Dir(server), engine.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	_, removed := volume.Remove(kv.DB(database), []byte(key))
	_, synced := volume.Sync()
	if err := errors.Join(removed, synced, volume.Close()); err != nil {
		c.t.Fatal(err)
	}
}

// AssertEverywhere checks what each server really holds: every copy of every pair by DS WHY, then by reading
// the pairs with each server stopped in turn, so that each copy has spoken alone (with one duplicate).
// It begins and ends in sync and converged.
func (c *Cluster) AssertEverywhere(pairs ...Pair) {
	c.t.Helper()
	c.AwaitInSync()
	c.AwaitConverged()
	for _, p := range pairs {
		c.assertCopies(p)
		c.AssertReads(p)
	}
	for n := range c.servers {
		c.StopServer(n)
		c.AssertReads(pairs...)
		c.StartServer(n)
		c.AwaitInSync()
	}
	c.AwaitConverged()
}

// AssertReads checks what a client reads.
func (c *Cluster) AssertReads(pairs ...Pair) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Limit)
	defer cancel()
	for _, p := range pairs {
		got, err := c.Client(p.Database).Fetch(ctx, p.Key)
		if p.Value == nil {
			if !errors.Is(err, client.ErrNoKey) {
				c.t.Errorf("%s of database %d is deleted, but reads %q, %v", p.Key, p.Database, got, err)
			}
		} else if err != nil || string(got) != string(p.Value) {
			c.t.Errorf("%s of database %d reads %.40q, %v; want %.40q", p.Key, p.Database, got, err, p.Value)
		}
	}
}

// assertCopies checks that every copy holds the same record of the right kind, and is owed nothing.
func (c *Cluster) assertCopies(p Pair) {
	c.t.Helper()
	why := c.Why(p.Database, p.Key)
	want, kinds := c.Copies(p.Database, p.Key), map[bool][]string{true: {"live"}, false: {"tombstone", "none"}}[p.Value != nil]
	ok := len(why.Copies) == len(want) && !why.Buffered
	for i := 0; ok && i < len(want); i++ {
		got, first := why.Copies[i], why.Copies[0]
		ok = got.Server == want[i] && !got.Owed && got.Kind != nil && contains(kinds, *got.Kind) &&
			equal(got.Version, first.Version) && equal(got.Checksum, first.Checksum) && equal(got.Kind, first.Kind)
	}
	if !ok {
		c.t.Errorf("%s of database %d: %s", p.Key, p.Database, Describe(why))
	}
}
