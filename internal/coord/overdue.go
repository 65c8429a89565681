package coord

import (
	"cmp"
	"slices"
)

// overdue are the requests to one server that are past the deadline and not answered, oldest first. They are not in the lane's ring: a payment to a
// server whose disk hangs, or a comparison, stays under way longer than what is asked after it and answered, and must not fill it.
type overdue struct {
	list  []overdueTicket
	live  int // not done
	given int // list[:given] are not waited for any longer, except by payments
}

type overdueTicket struct {
	ticketState
	ticket uint64
}

func (l *overdue) push(ticket uint64, t ticketState) {
	l.list = append(l.list, overdueTicket{t, ticket})
	l.live++
}

// take ends a ticket and gives what it was, or false if there is none.
func (l *overdue) take(ticket uint64) (ticketState, bool) {
	i, found := slices.BinarySearchFunc(l.list, ticket, func(t overdueTicket, ticket uint64) int { return cmp.Compare(t.ticket, ticket) })
	if !found || l.list[i].done {
		return ticketState{}, false
	}
	got := l.list[i].ticketState
	l.list[i].done = true
	l.live--
	if len(l.list) > 2*l.live+16 {
		l.compact()
	}
	return got, true
}

// compact forgets those that are done.
func (l *overdue) compact() {
	kept, given := l.list[:0], 0
	for i, t := range l.list {
		if t.done {
			continue
		}
		kept = append(kept, t)
		if i < l.given {
			given++
		}
	}
	l.list, l.given = kept, given
}
