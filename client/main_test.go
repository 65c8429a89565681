package client_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/internal/fakerouter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// limit ends a test that hangs; no test waits for it to pass.
func limit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func start(t *testing.T, addr string, options ...client.Option) *client.Client {
	t.Helper()
	options = append([]client.Option{client.Heartbeat(10 * time.Millisecond)}, options...)
	c := client.New(addr, options...)
	t.Cleanup(c.TurnOff)
	if err := c.Start(limit(t)); err != nil {
		t.Fatal(err)
	}
	return c
}

func pair(t *testing.T, options ...client.Option) (*fakerouter.Router, *client.Client) {
	t.Helper()
	r := fakerouter.Start(t, "127.0.0.1:0")
	return r, start(t, r.Addr(), options...)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// gate is a scripted answer that waits until it is opened.
func gate(answer any) (open func(), script func() any, reached chan struct{}) {
	opened := make(chan struct{})
	reached = make(chan struct{}, 1)
	return func() { close(opened) }, func() any {
		select {
		case reached <- struct{}{}:
		default:
		}
		<-opened
		return answer
	}, reached
}
