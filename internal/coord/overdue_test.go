package coord

import "testing"

func TestOverdue(t *testing.T) {
	var l overdue
	for ticket := range uint64(100) {
		l.push(ticket*3, ticketState{op: opID(ticket)})
	}
	l.given = 50
	for ticket := range uint64(100) {
		if ticket%10 == 7 {
			continue // a payment that hangs
		}
		if got, ok := l.take(ticket * 3); !ok || got.op != opID(ticket) {
			t.Fatalf("ticket %d is %+v, %v", ticket*3, got, ok)
		}
		if _, ok := l.take(ticket * 3); ok {
			t.Fatalf("ticket %d was taken twice", ticket*3)
		}
	}
	if _, ok := l.take(22); ok {
		t.Error("a ticket was taken that never was")
	}
	if l.live != 10 || len(l.list) > 2*10+16 {
		t.Errorf("%d are kept in %d places", l.live, len(l.list))
	}
	given := 0
	for _, o := range l.list[:l.given] {
		if !o.done {
			given++
		}
	}
	if given != 5 {
		t.Errorf("%d of those that hang are given up, 5 were", given)
	}
}
