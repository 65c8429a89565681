package coord

import "testing"

// TestCrawls: a value that shares its link with many others is not to blame for what they take.
func TestCrawls(t *testing.T) {
	const size, away = 4 << 20, 2000 // 8192 ms at the slowest
	at := func(millis int64, others int, answered bool) bool {
		var c Core
		var l largeTickets
		c.cfg.AwayMillis = away
		for range others { // sent and answered before
			ticket := l.push(largeState{sent: true, ticketState: ticketState{bytes: size}})
			l.take(ticket)
		}
		mine := l.push(largeState{ticketState: ticketState{bytes: size}})
		for range others {
			ticket := l.push(largeState{sent: true, ticketState: ticketState{bytes: size}})
			if answered {
				l.take(ticket)
			}
		}
		c.time.steady = millis
		return c.crawls(&l, &l.list[l.find(mine)])
	}
	for _, x := range []struct {
		millis   int64
		others   int
		answered bool
		want     bool
	}{
		{10_000, 0, false, false},
		{10_200, 0, false, true},
		{80_000, 9, false, false},
		{80_000, 9, true, false},
		{84_000, 9, true, true},
	} {
		if got := at(x.millis, x.others, x.answered); got != x.want {
			t.Errorf("after %d ms, beside %d others: %v", x.millis, x.others, got)
		}
	}
}
