package router

import (
	"io"
	"net"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/coord"
)

// discard is a client's connection that forgets what it is told.
type discard struct{}

func (discard) Reply(*coord.Reply, []byte) {}
func (discard) Flush()                     {}

// startBusy is a router whose core answers each request with a reply and a frame for a server that
// reads everything.
func startBusy(t *testing.T) (*Router, []coord.Input) {
	c := newFakeCore()
	r := startFake(t, testConfig(vfs.NewMem()), c)
	server, err := net.Dial("tcp", r.ServersAddr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	if _, err := server.Write(frame(1, "hello")); err != nil {
		t.Fatal(err)
	}
	id := c.next(t, coord.InHello).Link
	go io.Copy(io.Discard, server)
	r.mu.Lock()
	c.inputs = nil
	c.react = func(in *coord.Input, e *coord.Effects) {
		echo(in, e)
		e.Lanes[0].Link = id
		e.Lanes[0].Buf = append(e.Lanes[0].Buf, in.Value...)
	}
	r.mu.Unlock()
	conn := r.Attach(discard{})
	batch := make([]coord.Input, 16)
	for i := range batch {
		batch[i] = coord.Input{Kind: coord.InRequest, Conn: conn, Value: []byte("value")}
	}
	return r, batch
}

func TestStepAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	r, batch := startBusy(t)
	if n := testing.AllocsPerRun(2000, func() { r.Submit(batch) }); n > 0 {
		t.Errorf("%v allocations a batch of %d operations", n, len(batch))
	}
}
