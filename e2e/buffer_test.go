package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/distributedstorage/ds/chaos/view"
)

// TestEverythingAway: all servers are gone, the store goes on, and pays as they return one after the other.
func TestEverythingAway(t *testing.T) {
	story(t)
	c := up(t)
	old := numbered("old", 30)
	c.write(old)
	c.kill(0, 1, 2)

	kept := numbered("kept", 60)
	overwritten := contents{{0, "old-1"}: "overwritten", {0, "old-2"}: ""}
	c.write(kept.and(contents{{0, "old-1"}: "overwritten"}))
	c.must(c.db(0).Del(c.ctx, "kept-0").Err())
	kept[at{0, "kept-0"}] = ""
	c.readable(kept)
	c.readable(contents{{0, "old-1"}: "overwritten"})
	c.refused(c.db(0).Get(c.ctx, "old-3").Err(), "NOSERVER")
	if why := c.why(at{0, "kept-1"}); !why.Buffered || !why.Copies[0].Owed || !why.Copies[1].Owed {
		t.Errorf("a buffered key: %+v", why)
	}
	if buffered := c.convergence().Buffered; buffered != int64(len(kept)+1) {
		t.Errorf("%d entries are buffered, want %d", buffered, len(kept)+1)
	}
	if made := c.counter(view.Buffered); made < float64(len(kept)) {
		t.Errorf("%v buffered in all, want at least %d", made, len(kept))
	}

	c.returnOneByOne()
	delete(overwritten, at{0, "old-2"})
	c.holds(old.and(overwritten).and(kept))
}

// returnOneByOne starts the servers in turn; what only the buffer has shrinks with each, and is nothing after two
// of three: every key has two copies.
func (c *cluster) returnOneByOne() {
	c.t.Helper()
	buffered := c.convergence().Buffered
	for _, n := range []int{1, 0, 2} {
		c.start(n)
		now := c.convergence().Buffered
		if now >= buffered && buffered > 0 {
			c.t.Errorf("server %d is back, and still %d of %d entries are buffered", n, now, buffered)
		}
		buffered = now
		if n == 0 && now != 0 {
			c.t.Errorf("two servers of three are back, and %d entries are only in the buffer", now)
		}
	}
}

// TestRouterKilledWithTableAndBuffer: what is owed and what is buffered survives the router.
func TestRouterKilledWithTableAndBuffer(t *testing.T) {
	story(t)
	c := up(t)
	all := numbered("old", 30)
	c.write(all)
	c.kill(0)
	owed := numbered("owed", 40)
	c.write(owed)
	c.kill(1)
	pair := numbered("pair", 40)
	c.write(pair)
	c.kill(2)
	buffered := numbered("buffered", 40)
	c.write(buffered)
	before := c.convergence()

	c.restartRouter()
	// A router that was killed does not know of the last second who confirmed what: it may count more as buffered, never less.
	if after := c.convergence(); after.Owed != before.Owed || after.Buffered < before.Buffered {
		t.Errorf("before the router died %+v, after %+v", before, after)
	}
	c.readable(buffered)
	for number := range servers {
		c.startContainer(c.servers[number])
	}
	c.inSync()
	c.holds(all.and(owed).and(pair).and(buffered))
}

// TestRouterKilledTwice: a router that dies again before anybody is back forgets nothing either.
func TestRouterKilledTwice(t *testing.T) {
	story(t)
	c := up(t)
	c.kill(0, 1, 2)
	first := numbered("first", 20)
	c.write(first)
	c.restartRouter()
	second := numbered("second", 20)
	c.write(second)
	c.restartRouter()
	c.readable(first.and(second))
	c.start(0, 1, 2)
	c.until("nothing is buffered", func(context.Context) (bool, string) {
		conv := c.convergence()
		return conv.Buffered == 0, fmt.Sprintf("%+v", conv)
	})
	c.holds(first.and(second))
}
