package client_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/internal/fakerouter"
)

func TestCallsWithContext(t *testing.T) {
	_, c := pair(t)
	ctx := limit(t)
	check(t, c.Set(ctx, "k", []byte("v")))
	if v, err := c.Fetch(ctx, "k"); err != nil || string(v) != "v" {
		t.Fatalf("Fetch: %q, %v", v, err)
	}
	if keys, err := c.List(ctx); err != nil || !slices.Equal(keys, []string{"k"}) {
		t.Fatalf("List: %q, %v", keys, err)
	}
	if was, err := c.Delete(ctx, "k"); err != nil || !was {
		t.Fatalf("Delete: %v, %v", was, err)
	}
	if was, err := c.Delete(ctx, "k"); err != nil || was {
		t.Fatalf("Delete of an absent key: %v, %v", was, err)
	}
	if _, err := c.Fetch(ctx, "k"); !errors.Is(err, client.ErrNoKey) {
		t.Fatalf("Fetch of an absent key: %v", err)
	}
}

func TestRepliesBecomeTypedErrors(t *testing.T) {
	r, c := pair(t)
	for text, want := range map[string]error{
		"NOSERVER no server":         client.ErrNoServer,
		"BUSY a limit":               client.ErrBusy,
		"UNKNOWN may have happened":  client.ErrUnknown,
		"ROTTEN damaged":             client.ErrRotten,
		"NOTSERVING not now":         client.ErrNotServing,
		"NOAUTH Authentication":      client.ErrAuth,
		"ERR string exceeds maximum": client.ErrRefused,
	} {
		r.Answer("SET k v", fakerouter.Error(text))
		err := c.Set(limit(t), "k", []byte("v"))
		if !errors.Is(err, want) || !errors.Is(err, client.Err) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if !c.Connected() {
		t.Error("an error reply ended the connection")
	}
}

func TestDatabasesAreApart(t *testing.T) {
	r, zero := pair(t)
	one := start(t, r.Addr(), client.Database(1))
	ctx := limit(t)
	check(t, zero.Set(ctx, "k", []byte("in 0")))
	check(t, one.Set(ctx, "k", []byte("in 1")))
	for c, want := range map[*client.Client]string{zero: "in 0", one: "in 1"} {
		if v, err := c.Fetch(ctx, "k"); err != nil || string(v) != want {
			t.Errorf("%q, %v", v, err)
		}
	}
}

func TestPassword(t *testing.T) {
	r := fakerouter.StartProtected(t, "127.0.0.1:0", "secret")
	for _, options := range [][]client.Option{nil, {client.Password("guess")}} {
		c := client.New(r.Addr(), options...)
		if err := c.Start(limit(t)); !errors.Is(err, client.ErrAuth) {
			t.Errorf("%v", err)
		}
		c.TurnOff()
	}
	c := start(t, r.Addr(), client.Password("secret"))
	check(t, c.Set(limit(t), "k", nil))
}

func TestContextEndsWhileTheAnswerIsAwaited(t *testing.T) {
	r, c := pair(t)
	open, script, reached := gate(fakerouter.Status("OK"))
	defer open()
	r.Answer("SET k v", script)
	ctx, cancel := context.WithCancel(limit(t))
	sent, queued := make(chan error, 1), make(chan error, 1)
	go func() { sent <- c.Set(ctx, "k", []byte("v")) }()
	<-reached
	go func() { queued <- c.Set(ctx, "behind", []byte("v")) }()
	for c.Queued() == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-sent; !errors.Is(err, client.ErrUnknown) || !errors.Is(err, client.ErrCanceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("a write that was sent: %v", err)
	}
	if err := <-queued; errors.Is(err, client.ErrUnknown) || !errors.Is(err, client.ErrCanceled) {
		t.Errorf("a write that was not sent: %v", err)
	}
}

func TestStatusCommands(t *testing.T) {
	r, c := pair(t)
	r.Answer("DS SERVERS", []any{
		fakerouter.Map{{"number", int64(0)}, {"state", "in-sync"}, {"owed", int64(0)}, {"keys", int64(7)}, {"store-id", "ab"}, {"since", int64(5)}},
		[]any{"number", int64(1), "state", "away", "owed", int64(3), "keys", nil, "store-id", nil, "since", int64(6)},
	})
	servers, err := c.Servers(limit(t))
	check(t, err)
	if len(servers) != 2 || *servers[0].Keys != 7 || servers[1].Keys != nil || servers[1].Owed != 3 || servers[1].State != client.Away {
		t.Errorf("servers: %+v", servers)
	}
	r.Answer("DS WHY k", fakerouter.Map{{"home", int64(2)}, {"copies", []any{
		fakerouter.Map{{"server", int64(2)}, {"state", "in-sync"}, {"version", "9.0.1"}, {"kind", "live"}, {"checksum", "ff"}, {"owed", int64(0)}},
		fakerouter.Map{{"server", int64(0)}, {"state", "away"}, {"version", nil}, {"kind", nil}, {"checksum", nil}, {"owed", int64(1)}},
	}}, {"buffered", int64(0)}})
	why, err := c.Why(limit(t), "k")
	check(t, err)
	if why.Home != 2 || len(why.Copies) != 2 || *why.Copies[0].Version != "9.0.1" || why.Copies[1].Kind != nil || !why.Copies[1].Owed {
		t.Errorf("why: %+v", why)
	}
	r.Answer("DS CONVERGED", fakerouter.Map{{"converged", int64(1)}, {"owed", int64(0)}, {"dirty", int64(0)}, {"buffered", int64(0)}, {"proved-at", int64(77)}})
	if got, err := c.Converged(limit(t)); err != nil || !got.Converged || got.ProvedAt != 77 {
		t.Errorf("converged: %+v, %v", got, err)
	}
	r.Answer("DS CONVERGED", "nonsense")
	if _, err := c.Converged(limit(t)); !errors.Is(err, client.Err) {
		t.Errorf("nonsense: %v", err)
	}
}
