package stories

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/embed"
	"github.com/distributedstorage/ds/embed/embedtest"
)

func TestReconnectOfAServer(t *testing.T) {
	c := start(t)
	pairs := write(t, c, "value")
	for range 3 {
		c.StopServer(1)
		c.StartServer(1)
		c.AwaitState(1, client.InSync)
	}
	c.AssertEverywhere(pairs...)
}

// The router goes and comes back: servers and clients find it by themselves.
func TestReconnectOfTheRouter(t *testing.T) {
	c := start(t)
	pairs := write(t, c, "value")
	c.StopRouter()
	db := c.NewClient(0)
	defer db.TurnOff()
	ctx, cancel := context.WithTimeout(limit(t), 20*time.Millisecond)
	defer cancel()
	if err := db.Start(ctx); !errors.Is(err, client.ErrNoRouter) {
		t.Errorf("Start without a router: %v", err)
	}
	for name, err := range map[string]error{
		"SendSet": db.SendSet("k", nil), "SendGet": db.SendGet("k"), "SendGetKeys": db.SendGetKeys(),
	} {
		if !errors.Is(err, client.ErrNoRouter) || !errors.Is(err, client.Err) {
			t.Errorf("%s without a router: %v", name, err)
		}
	}
	c.StartRouter()
	check(t, db.Start(limit(t)))
	c.AwaitInSync()
	check(t, db.SendGet(pairs[0].Key))
	if v, err := db.Wait(limit(t), pairs[0].Key); err != nil || string(v) != string(pairs[0].Value) {
		t.Errorf("%q, %v", v, err)
	}
	c.AssertEverywhere(pairs...)
}

func TestServersBeforeTheRouter(t *testing.T) {
	c := start(t)
	pairs := write(t, c, "value")
	c.StopAll()
	for n := range 3 {
		c.StartServer(n)
	}
	c.StartRouter()
	c.AssertEverywhere(pairs...)
}

func TestWrongVolumeIsRefused(t *testing.T) {
	c := start(t)
	pairs := write(t, c, "value")
	c.StopServer(0, 1)
	wrong := c.StartServerOn(0, c.Dir(1))
	c.Await("the server is refused", func(context.Context) error {
		if wrong.Healthy() == nil {
			return errors.New("it is healthy")
		}
		return nil
	})
	c.AwaitState(0, client.Away)
	c.StopServer(0)
	c.StartAll()
	c.AssertEverywhere(pairs...)
}

func TestTakenNumberIsRefused(t *testing.T) {
	c := start(t)
	pairs := write(t, c, "value")
	second := embed.Server(embed.ServerConfig{Router: c.Router().ServersAddr(), Number: 0, Data: t.TempDir()})
	check(t, second.Start())
	defer second.TurnOff()
	c.Await("the second server is refused", func(context.Context) error {
		if second.Healthy() == nil {
			return errors.New("it is healthy")
		}
		return nil
	})
	c.AwaitState(0, client.InSync)
	second.TurnOff()
	c.AssertEverywhere(pairs...)
}

func TestOtherClusterIsRefused(t *testing.T) {
	one, two := start(t), start(t)
	write(t, one, "one")
	pairs := write(t, two, "two")
	one.StopServer(0)
	two.StopServer(0)
	stranger := two.StartServerOn(0, one.Dir(0))
	two.Await("the stranger is refused", func(context.Context) error {
		if stranger.Healthy() == nil {
			return errors.New("it is healthy")
		}
		return nil
	})
	two.AwaitState(0, client.Away)
	two.StopServer(0)
	two.StartAll()
	two.AssertEverywhere(pairs...)
}

func TestClientBeforeTheRouter(t *testing.T) {
	c := embedtest.Idle(t, embed.RouterConfig{})
	c.StartRouter()
	c.StopRouter() // now the address is known
	db := c.NewClient(0)
	defer db.TurnOff()
	ctx, cancel := context.WithTimeout(limit(t), 20*time.Millisecond)
	defer cancel()
	if err := db.Start(ctx); !errors.Is(err, client.ErrNoRouter) {
		t.Fatalf("Start: %v", err)
	}
	c.StartAll()
	check(t, db.Start(limit(t)))
	check(t, db.Set(limit(t), "k", []byte("v")))
	c.AssertEverywhere(embedtest.Pair{Key: "k", Value: []byte("v")})
}
