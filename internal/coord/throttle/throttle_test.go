package throttle

import "testing"

const ms = 1e6

// intervals lets n intervals pass in which clients have the latency, and gives the time after them.
func intervals(t *Throttle, now int64, n int, operations int, nanos int64, repairing bool) int64 {
	for range n {
		for range operations {
			t.Served(nanos)
		}
		now += intervalMillis
		t.Tick(now, repairing)
	}
	return now
}

func TestGrowsToTheMostWithoutTraffic(t *testing.T) {
	th := New(4096)
	intervals(&th, 0, 5, 0, 0, true)
	if th.Limit() != 4096 {
		t.Errorf("limit %d after half a second without clients", th.Limit())
	}
}

func TestLiveTrafficWinsButRepairNeverStops(t *testing.T) {
	th := New(4096)
	now := intervals(&th, 0, 50, 100, 2*ms, false)
	now = intervals(&th, now, 40, 100, 4*ms, true)
	if th.Limit() != 4096 {
		t.Errorf("limit %d while clients do not suffer", th.Limit())
	}
	now = intervals(&th, now, 1, 100, 13*ms, true)
	if th.Limit() != 3072 {
		t.Errorf("limit %d after the first interval in which they do", th.Limit())
	}
	now = intervals(&th, now, 1000, 100, 13*ms, true)
	if th.Limit() != least {
		t.Errorf("limit %d after many", th.Limit())
	}
	intervals(&th, now, 1, 100, 2*ms, true)
	if th.Limit() != least+least/8+1 {
		t.Errorf("limit %d when they recover", th.Limit())
	}
}

func TestASlowDiskIsNoReasonToStop(t *testing.T) {
	th := New(4096)
	now := intervals(&th, 0, 50, 100, 40*ms, false)
	intervals(&th, now, 40, 100, 75*ms, true)
	if th.Limit() != 4096 {
		t.Errorf("limit %d at less than twice what clients are used to", th.Limit())
	}
}

func TestABurstIsNotWhatClientsAreUsedTo(t *testing.T) {
	th := New(4096)
	now := intervals(&th, 0, 50, 100, 2*ms, false)
	now = intervals(&th, now, 20, 100, 50*ms, false)
	now = intervals(&th, now, 1, 100, 2*ms, false)
	intervals(&th, now, 40, 100, 6*ms, true)
	if th.Limit() != least {
		t.Errorf("limit %d: clients suffer beside what they had before the burst", th.Limit())
	}
}

func TestBeginsAnewWhenIdle(t *testing.T) {
	th := New(4096)
	now := intervals(&th, 0, 50, 0, 0, true)
	intervals(&th, now, 1, 0, 0, false)
	if th.Limit() != first {
		t.Errorf("limit %d", th.Limit())
	}
}

func TestOneThatHangsIsNoReasonToShrink(t *testing.T) {
	th := New(4096)
	now := intervals(&th, 0, 50, 100, 2*ms, false)
	for range 40 {
		th.Served(5000 * ms)
		now = intervals(&th, now, 1, 99, 2*ms, true)
	}
	if th.Limit() != 4096 {
		t.Errorf("limit %d with one of a hundred operations hanging", th.Limit())
	}
}

func TestSmallMost(t *testing.T) {
	th := New(1)
	now := intervals(&th, 0, 10, 0, 0, true)
	intervals(&th, now, 10, 100, 1000*ms, true)
	if th.Limit() != 1 {
		t.Errorf("limit %d", th.Limit())
	}
}
