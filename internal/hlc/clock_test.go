package hlc

import (
	"math"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
)

func TestStampsRise(t *testing.T) {
	c := New(1, 0)
	c.Raise(100 << 16)
	var last kv.Version
	for _, wall := range []int64{10, 10, 9, 11, 0, 12} {
		v, ok := c.Stamp(wall)
		if !ok || !last.Less(v) {
			t.Fatalf("wall %d: stamped %v after %v", wall, v, last)
		}
		last = v
	}
	if last.Millis() != 12 {
		t.Errorf("the clock stands at %v, want 12 ms", last)
	}
}

func TestCounterCarriesIntoMilliseconds(t *testing.T) {
	c := New(1, 10<<16|0xffff)
	c.Raise(20 << 16)
	v, ok := c.Stamp(10)
	if want := (kv.Version{Time: 11 << 16, Router: 1}); !ok || v != want {
		t.Errorf("stamped %v %v, want %v", v, ok, want)
	}
}

func TestStampsStayBelowTheCeiling(t *testing.T) {
	c := New(1, 5<<16)
	if v, ok := c.Stamp(1000); ok {
		t.Fatalf("stamped %v without a ceiling", v)
	}
	c.Raise(6 << 16)
	v, ok := c.Stamp(1000) // idle for long: the wall clock is above the ceiling
	if !ok || v.Time != 6<<16 {
		t.Fatalf("stamped %v %v, want the ceiling itself", v, ok)
	}
	if v, ok := c.Stamp(1000); ok {
		t.Errorf("stamped %v above the ceiling", v)
	}
}

func TestMergedVersionsAreLeftBehind(t *testing.T) {
	c := New(1, 0)
	seen := kv.Version{Time: 50 << 16, Router: 7}
	c.Merge(seen)
	if c.Own(seen) {
		t.Error("another router's version counts as own")
	}
	c.Raise(c.Next(10, 3))
	v, ok := c.Stamp(10)
	if !ok || !seen.Less(v) || !c.Own(v) {
		t.Errorf("stamped %v %v after %v", v, ok, seen)
	}
}

// TestRestartRepeatsNothing starts at the ceiling, as after a crash.
func TestRestartRepeatsNothing(t *testing.T) {
	c := New(1, 0)
	c.Raise(c.Next(10, 3))
	before, _ := c.Stamp(12)
	again := New(1, c.Ceiling())
	again.Raise(again.Next(0, 3))
	after, ok := again.Stamp(0) // the wall clock was set back
	if !ok || !before.Less(after) {
		t.Errorf("stamped %v after a restart, %v before", after, before)
	}
}

// A wall clock beyond what a version can tell stands still at the end; it does not begin again.
func TestWallBeyondTheLastMillisecond(t *testing.T) {
	c := New(1, 0)
	ceiling := c.Next(math.MaxInt64, 3000)
	c.Raise(ceiling)
	v, ok := c.Stamp(math.MaxInt64)
	w, alsoOK := c.Stamp(5)
	if !ok || !alsoOK || v.Millis() != maxMillis || !v.Less(w) {
		t.Errorf("ceiling %d: stamped %v, then %v", ceiling, v, w)
	}
}
