package slow

import "testing"

var config = Config{Misses: 3, Spaced: 200, Clean: 5000}

// fails makes the detector find the server slow, in the least time, and gives the time after it.
func fails(t *testing.T, d *Detector, now int64) int64 {
	t.Helper()
	for i := range 3 {
		if became := d.miss(now); became != (i == 2) {
			t.Fatalf("miss %d at %d: became slow %v", i+1, now, became)
		}
		now += config.Spaced
	}
	return now - config.Spaced
}

// mends lets the server keep up from now on, and gives when it was found fast.
func mends(t *testing.T, d *Detector, now int64) int64 {
	t.Helper()
	for end := now + 1_000_000; now < end; now += 20 {
		d.Kept()
		if d.Tick(now, false) {
			return now
		}
	}
	t.Fatal("never found fast again")
	return 0
}

func TestOneStallIsOneMiss(t *testing.T) {
	d := New(config)
	for range 1000 {
		if d.miss(1000) || d.miss(1100) {
			t.Fatal("the requests of one stall counted one by one")
		}
	}
	if d.Slow() {
		t.Fatal("slow after one stall")
	}
}

func TestMissesAreForgottenAfterACleanTime(t *testing.T) {
	d := New(config)
	for now := int64(0); now < 1_000_000; now += config.Clean {
		if d.miss(now) {
			t.Fatalf("slow at %d, by misses a clean time apart", now)
		}
	}
}

func TestAnswersInBetweenDoNotForgiveMisses(t *testing.T) {
	d := New(config)
	d.miss(0)
	d.Kept()
	d.miss(2000)
	d.Kept()
	if !d.miss(4000) {
		t.Fatal("a disk that stalls every two seconds is not slow")
	}
}

func TestStaysSlowWhileAnythingIsOverdue(t *testing.T) {
	d := New(config)
	now := fails(t, &d, 10_000)
	for end := now + 600_000; now < end; now += 20 {
		d.Kept() // something else is answered
		if d.Tick(now, true) || !d.Slow() {
			t.Fatalf("fast at %d with a request overdue", now)
		}
	}
	if at := mends(t, &d, now); at-now < config.Clean-20 {
		t.Errorf("fast again %d ms after the last trouble, want %d", at-now, config.Clean)
	}
}

func TestOverdueAloneMakesSlow(t *testing.T) {
	d := New(config)
	for now := int64(0); now <= 2*config.Spaced; now += 20 {
		if d.Tick(now, true) != (now == 2*config.Spaced) {
			t.Fatalf("verdict changed at %d: %v", now, d.Slow())
		}
	}
}

func TestSilenceIsNoEvidence(t *testing.T) {
	d := New(config)
	now := fails(t, &d, 0)
	for end := now + 100_000; now < end; now += 20 {
		if d.Tick(now, false) {
			t.Fatal("fast without an answer")
		}
	}
}

func TestRelapsesDoubleTheCleanTime(t *testing.T) {
	d := New(config)
	now := int64(0)
	for i, want := range []int64{5000, 10_000, 20_000, 40_000, 80_000, 80_000} {
		slow := fails(t, &d, now)
		now = mends(t, &d, slow)
		if got := now - slow; got < want || got > want+20 {
			t.Errorf("round %d: fast again after %d ms, want %d", i, got, want)
		}
	}
	if got := config.Longest(); got != 80_000 {
		t.Errorf("the longest is %d ms", got)
	}
	now += relapseTimes * d.demanded() // it lasted
	slow := fails(t, &d, now)
	if got := mends(t, &d, slow) - slow; got > config.Clean+20 {
		t.Errorf("after a long good time: fast again after %d ms", got)
	}
}

func TestANewSessionStartsOverButRemembersRelapses(t *testing.T) {
	d := New(config)
	now := fails(t, &d, 0)
	d.Begin(now + 2000)
	if d.Slow() {
		t.Fatal("slow before a request was sent in the session")
	}
	slow := fails(t, &d, now+3000)
	if got := mends(t, &d, slow) - slow; got < 2*config.Clean {
		t.Errorf("fast again after %d ms, want twice the clean time", got)
	}
}
