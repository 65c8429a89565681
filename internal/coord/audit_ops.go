package coord

import "fmt"

// tallied is what the operations under way hold, counted from them.
type tallied struct {
	live, queued, gated, stamped, journaled, syncs int
	ahead, inLine                                  int
	reserved, charged                              int64
	strict, open                                   int
	pays                                           []payer // by server: active and bytes
	repairs                                        [maxJobs]int
}

func (c *Core) tallyOperations() *tallied {
	n := &tallied{pays: make([]payer, len(c.servers))}
	c.ops.each(func(o *op) {
		if o.kind == OpNone { // a free place
			return
		}
		n.live++
		n.reserved += o.reserved
		n.charged += o.charged
		for _, is := range [...]struct {
			so  bool
			sum *int
		}{
			{o.phase == phaseGate, &n.queued}, {o.gated, &n.gated}, {o.stamped, &n.stamped}, {o.ahead, &n.ahead},
			{o.phase == phaseJournal || o.phase == phaseStamp || o.phase == phaseNote, &n.journaled}, {o.phase == phaseRoom, &n.inLine},
			{o.kind == opSync, &n.syncs}, {o.strict, &n.strict}, {o.open, &n.open},
		} {
			if is.so {
				*is.sum++
			}
		}
		switch {
		case o.owner > 0:
			n.pays[o.owner-1].active++
			n.pays[o.owner-1].bytes += int64(o.paid)
		case o.owner < 0 && o.kind == opRepair:
			n.repairs[-o.owner-1]++
		}
	})
	return n
}

// auditOperations counts again what is counted by operation: what one leaves behind is missing for ever, and shows only when there
// is none of it left.
func (c *Core) auditOperations() error {
	n := c.tallyOperations()
	queued, gated := c.gates.audit(&c.ops)
	for _, of := range [...]struct {
		what          string
		kept, counted int64
	}{
		{"operations", int64(c.ops.live), int64(n.live)},
		{"bytes of large values", c.room.used - c.room.handed, n.charged},
		{"operations that wait for room", int64(len(c.room.line)), int64(n.inLine)},
		{"writes to be stamped again", int64(c.ahead.waiting), int64(n.ahead)},
		{"bytes reserved in the journal", c.journal.reserved, n.reserved},
		{"operations that wait for the journal", int64(c.journal.count), int64(n.journaled)},
		{"operations at gates", int64(queued), int64(n.queued)},
		{"gates", int64(gated), int64(n.gated)},
		{"writes in flight", int64(c.stamped.len(&c.ops)), int64(n.stamped)},
		{"writes that copies have yet to confirm", int64(c.open.live), int64(n.open)},
		{"listings and comparisons of jobs", int64(c.jobs.asking()), int64(n.syncs)},
	} {
		if of.kept != of.counted {
			return fmt.Errorf("%s: there are %d, counted %d", of.what, of.kept, of.counted)
		}
	}
	if n.strict == 0 && c.strict != (strictness{}) {
		return fmt.Errorf("a partition counts strict operations, and there is none")
	}
	return c.auditRepairs(n)
}

// auditRepairs counts again what servers are being paid, what jobs have under repair, and what is on its way to servers.
func (c *Core) auditRepairs(n *tallied) error {
	for i := range c.servers {
		s := &c.servers[i]
		if p := &n.pays[i]; s.pay.active != p.active || s.pay.bytes != p.bytes {
			return fmt.Errorf("server %d is paid %d keys of %d bytes, counted %d and %d", i, s.pay.active, s.pay.bytes, p.active, p.bytes)
		}
		bytes, flushes := s.lane.audit()
		if s.lane.bytes != bytes || s.phase == sessionReady && s.flushOwed != flushes {
			return fmt.Errorf("server %d: %d bytes and %d flushes in its lane, counted %d and %d", i, s.lane.bytes, s.flushOwed, bytes, flushes)
		}
	}
	for j := range c.jobs.list {
		if jb := &c.jobs.list[j]; jb.outstanding != n.repairs[j] {
			return fmt.Errorf("job %d has %d keys under repair, counted %d", j, jb.outstanding, n.repairs[j])
		}
	}
	return nil
}

// audit counts the requests that are not answered.
func (l *lane) audit() (bytes int64, flushes int) {
	count := func(t *ticketState) {
		if t.done {
			return
		}
		bytes += int64(t.bytes)
		if t.op == flushOp {
			flushes++
		}
	}
	for ticket := l.first; ticket < l.next; ticket++ {
		count(l.at(ticket))
	}
	for i := range l.overdue.list {
		count(&l.overdue.list[i].ticketState)
	}
	return bytes, flushes
}

// audit counts the operations that wait at gates, and the gates that are held.
func (g *gates) audit(s *slab) (queued, held int) {
	for _, q := range g.queue { //lint:order only counted
		for id := q.first; id != noOp; id = s.get(id).nextGate {
			queued++
		}
		if q.held {
			held++
		}
	}
	return queued, held
}

func (l *stampList) len(s *slab) (n int) {
	if !l.inited {
		return 0
	}
	for id := l.first; id != noOp; id = s.get(id).next {
		n++
	}
	return n
}

// asking is how many jobs wait for a listing or a comparison.
func (j *jobs) asking() (n int) {
	for i := range j.list {
		if jb := &j.list[i]; jb.active && jb.op != noOp {
			n++
		}
	}
	return n
}
