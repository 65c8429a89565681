package stories

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/client"
)

// The router's volume is lost. What takes its place answers nobody, until it is told to adopt the servers.
func TestLostRouterVolumeIsAdopted(t *testing.T) {
	c := start(t)
	pairs := write(t, c, "value")
	c.StopRouter()
	c.WipeRouter()
	c.StartRouter()
	c.Await("the router refuses to serve", func(context.Context) error {
		if err := c.Router().Healthy(); err == nil || !strings.Contains(err.Error(), "--adopt") {
			return errors.New("it does not say so")
		}
		return nil
	})
	if _, err := c.Client(0).Fetch(limit(t), pairs[0].Key); !errors.Is(err, client.ErrNotServing) {
		t.Errorf("a read of a router that must not serve: %v", err)
	}
	if err := c.Client(0).Set(limit(t), "new", []byte("value")); !errors.Is(err, client.ErrNotServing) {
		t.Errorf("a write of a router that must not serve: %v", err)
	}
	c.StopRouter()
	c.Adopt()
	c.StartRouter()
	c.AwaitCount("adopted", 1)
	c.AwaitInSync()
	c.AssertEverywhere(pairs...)

	c.StopRouter() // the flag is left on
	c.StartRouter()
	c.AwaitCount("nothing_to_adopt", 1)
	c.AssertEverywhere(pairs...)
}
