package client_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/internal/fakerouter"
)

func TestClientBeforeRouter(t *testing.T) {
	addr := freeAddr(t)
	c := client.New(addr, client.Heartbeat(10*time.Millisecond))
	defer c.TurnOff()
	if err := c.SendSet("k", nil); !errors.Is(err, client.ErrOff) {
		t.Fatalf("before Start: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	if err := c.Start(ctx); !errors.Is(err, client.ErrNoRouter) || !errors.Is(err, client.Err) {
		t.Fatalf("Start without a router: %v", err)
	}
	for name, err := range map[string]error{
		"SendSet": c.SendSet("k", nil), "SendGet": c.SendGet("k"), "SendGetKeys": c.SendGetKeys(),
		"Set": c.Set(limit(t), "k", nil),
	} {
		if !errors.Is(err, client.ErrNoRouter) {
			t.Errorf("%s: %v", name, err)
		}
	}
	fakerouter.Start(t, addr)
	check(t, c.Start(limit(t)))
	check(t, c.Set(limit(t), "k", []byte("v")))
}

func TestReconnectsByItself(t *testing.T) {
	r, c := pair(t)
	check(t, c.Set(limit(t), "k", []byte("v")))
	addr := r.Addr()
	r.Stop()
	for c.SendGet("k") == nil { // until the loss was noticed
		_, _ = c.Wait(limit(t), "k")
	}
	if err := c.SendGet("k"); !errors.Is(err, client.ErrNoRouter) {
		t.Fatalf("without a router: %v", err)
	}
	fakerouter.Start(t, addr)
	check(t, c.Start(limit(t)))
	if _, err := c.Fetch(limit(t), "k"); !errors.Is(err, client.ErrNoKey) {
		t.Fatalf("after the return: %v", err)
	}
}

func TestWriteIsNeverSentTwice(t *testing.T) {
	r, c := pair(t)
	r.Answer("INCR n", fakerouter.Hangup)
	if _, err := c.Do(limit(t), "incr", "n"); !errors.Is(err, client.ErrUnknown) {
		t.Fatalf("an increment whose answer was lost: %v", err)
	}
	r.Answer("GET k", fakerouter.Hangup)
	check(t, c.Start(limit(t)))
	if _, err := c.Fetch(limit(t), "k"); !errors.Is(err, client.ErrNoRouter) || errors.Is(err, client.ErrUnknown) {
		t.Fatalf("a read whose answer was lost: %v", err)
	}
	check(t, c.Start(limit(t)))
	check(t, c.Set(limit(t), "last", nil))
	sent := 0
	for _, line := range r.Log() {
		if line == "INCR n" {
			sent++
		}
	}
	if sent != 1 {
		t.Fatalf("the increment was sent %d times", sent)
	}
}

func TestIdleConnectionLostBeforeASendLosesNothing(t *testing.T) {
	r, c := pair(t, client.Heartbeat(time.Hour))
	r.Cut()
	err := c.Set(limit(t), "k", nil)
	if err != nil && !errors.Is(err, client.ErrNoRouter) && !errors.Is(err, client.ErrUnknown) {
		t.Fatal(err)
	}
	if len(r.Log()) != 0 && err != nil && errors.Is(err, client.ErrNoRouter) {
		t.Fatalf("reported as not written, but it was: %v", err)
	}
}

func TestTurnOffSendsWhatWasAccepted(t *testing.T) {
	r, c := pair(t)
	for range 1000 {
		check(t, c.SendSet("k", []byte("v")))
	}
	c.TurnOff()
	c.TurnOff()
	if n := len(r.Log()); n != 1000 {
		t.Fatalf("%d of 1000 arrived", n)
	}
	if err := c.SendSet("k", nil); !errors.Is(err, client.ErrOff) {
		t.Fatalf("after TurnOff: %v", err)
	}
	if err := c.Start(limit(t)); !errors.Is(err, client.ErrOff) {
		t.Fatalf("Start after TurnOff: %v", err)
	}
}

// What came in while the client was idle is sent, however close TurnOff follows.
func TestTurnOffRightAfterASend(t *testing.T) {
	r := fakerouter.Start(t, "127.0.0.1:0")
	for range 30 {
		c := start(t, r.Addr())
		check(t, c.SendSet("k", []byte("v")))
		c.TurnOff()
	}
	if n := len(r.Log()); n != 30 {
		t.Fatalf("%d of 30 arrived", n)
	}
}

func TestALostConnectionIsKnownWithTheAnswer(t *testing.T) {
	r, c := pair(t, client.Heartbeat(time.Hour)) // and so no other attempt
	r.Answer("INCR n", fakerouter.Hangup)
	_, _ = c.Do(limit(t), "incr", "n")
	if err := c.SendGet("k"); !errors.Is(err, client.ErrNoRouter) || c.Connected() {
		t.Fatalf("after the connection was lost: %v", err)
	}
}

func freeAddr(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	return l.Addr().String()
}
