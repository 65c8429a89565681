package e2e

import (
	"context"
	"fmt"
	"testing"

	"github.com/distributedstorage/ds/chaos/view"
)

func TestSetAndGet(t *testing.T) {
	story(t)
	c := up(t)
	all := numbered("k", 60)
	c.write(all)
	c.readable(all)
	changed := contents{{0, "k-1"}: "another value", {0, "k-2"}: ""}
	c.write(contents{{0, "k-1"}: "another value"})
	c.must(c.db(0).Del(c.ctx, "k-2").Err())
	c.holds(all.and(changed))
}

// TestEarlyCorrection: a server misses writes, and is given them when it comes back.
func TestEarlyCorrection(t *testing.T) {
	story(t)
	c := up(t)
	old := numbered("k", 60)
	c.write(old)
	const victim = 1
	onHome, onOther := c.placed(old, victim, 2), c.placed(old, 0, victim)
	c.kill(victim)

	missed := contents{onHome: "missed at home", onOther: "missed beside", {0, "new-1"}: "a", {0, "new-2"}: "b", {0, "new-3"}: "c", {0, "new-4"}: "d"}
	c.write(missed)
	c.readable(old.and(missed))
	for _, k := range []at{onHome, onOther} {
		if copied := c.copyOn(k, victim); !copied.Owed || copied.State != "away" || copied.Known {
			t.Errorf("%s: the copy of the server that is away: %+v", k.key, copied)
		}
	}
	if conv := c.convergence(); conv.Converged || conv.Owed < 2 || conv.Buffered != 0 {
		t.Errorf("while a server is owed: %+v", conv)
	}

	c.start(victim)
	c.converged()
	if paid := c.counter(view.EarlyCorrections); paid < 2 {
		t.Errorf("%v early corrections were paid, at least 2 were owed", paid)
	}
	c.holds(old.and(missed))
}

// TestLateCorrection: a server has lost a key that nobody knows it lost; the read that meets the loss mends it.
func TestLateCorrection(t *testing.T) {
	story(t)
	c := up(t, "--sweep=compare")
	all := numbered("k", 30)
	c.write(all)
	c.converged()
	lost := c.placed(all, 0, 1)
	for _, victim := range []int{0, 1} { // at home, then beside
		t.Logf("server %d loses %s", victim, lost.key)
		c.stop(victim)
		c.lose(victim, lost.key)
		c.start(victim)
		c.until("the loss is seen, and left as it is", func(context.Context) (bool, string) {
			copied, conv := c.copyOn(lost, victim), c.convergence()
			return copied.Kind == "none" && !copied.Owed && !conv.Converged, fmt.Sprintf("%+v %+v", copied, conv)
		})
		before := c.counter(view.LateCorrections)
		if got := c.get(lost); got != all[lost] {
			t.Fatalf("a read that met the loss was answered %q", got)
		}
		c.until("the copy is written back", func(context.Context) (bool, string) {
			copied := c.copyOn(lost, victim)
			return copied.Kind == "live", fmt.Sprintf("%+v", copied)
		})
		if late := c.counter(view.LateCorrections) - before; late != 1 {
			t.Errorf("%v late corrections, want 1", late)
		}
	}
	c.holds(all)
}

// TestSweepRepairsWhatNobodyReads is the same loss without a read.
func TestSweepRepairsWhatNobodyReads(t *testing.T) {
	story(t)
	c := up(t)
	all := numbered("k", 30)
	c.write(all)
	c.converged()
	lost := c.placed(all, 1, 2)
	c.stop(2)
	c.lose(2, lost.key)
	c.start(2)
	c.holds(all)
}
