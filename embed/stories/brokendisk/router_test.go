package brokendisk

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/embed"
	"github.com/distributedstorage/ds/embed/embedtest"
)

// TestRouterDiskFailsOnce: while it is broken, clients read and are refused writes, over connections that stay;
// afterwards the router goes on by itself, and everything that was acknowledged is there.
func TestRouterDiskFailsOnce(t *testing.T) {
	c := embedtest.New(t, embed.RouterConfig{})
	ctx, cancel := context.WithTimeout(context.Background(), embedtest.Limit)
	defer cancel()
	db := c.Client(0)
	var pairs []embedtest.Pair
	for home := range 3 {
		for i := range 5 {
			key := c.Key(0, home, i)
			if i == 4 && home == 0 {
				c.StopServer(1) // what follows may be owed
			}
			value := []byte(fmt.Sprint("value ", home, " ", i))
			if err := db.Set(ctx, key, value); err != nil {
				t.Fatal(err)
			}
			pairs = append(pairs, embedtest.Pair{Key: key, Value: value})
		}
	}
	before := c.Count("journal_failures")
	c.Router().BreakDisk(true)
	// A write that server 1 misses needs the journal. The first meets the broken disk, or finds the failure known.
	if err := db.Set(ctx, c.Key(0, 0, 9), []byte("refused")); !errors.Is(err, client.ErrUnknown) && !errors.Is(err, client.ErrBusy) {
		t.Fatalf("a write on the broken disk: %v", err)
	}
	c.Await("the failure is known", func(context.Context) error {
		if c.Router().Healthy() == nil {
			return errors.New("the router says that it is healthy")
		}
		return nil
	})
	for i := range 5 { // on servers 2 and 0, which are there
		key := c.Key(0, 2, i)
		if v, err := db.Fetch(ctx, key); err != nil || string(v) != fmt.Sprint("value 2 ", i) {
			t.Errorf("%s is %q, error %v", key, v, err)
		}
		if err := db.Set(ctx, key, []byte("refused")); !errors.Is(err, client.ErrBusy) {
			t.Errorf("a write while the journal is broken: %v", err)
		}
	}
	c.Router().BreakDisk(false)
	c.Await("the router mends itself", func(context.Context) error { return c.Router().Healthy() })
	if n := c.Count("journal_failures") - before; n != 1 {
		t.Errorf("%d failures", n)
	}
	c.StartServer(1)
	c.AwaitInSync()
	c.AssertReads(pairs...)
	c.AwaitConverged()
	c.AssertEverywhere(pairs...)
	if err := db.Set(ctx, "again", []byte("taken")); err != nil {
		t.Error(err)
	}
}
