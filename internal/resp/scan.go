package resp

import (
	"strconv"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/wire"
)

// scan answers one SCAN: one partition is asked, then twice as many at once as before, until
// enough keys were found. Keys come in the order of their hashes.
//
// A cursor is half a hash position, so that it fits the signed 64-bit integers that
// some clients keep it in. So a page may only end at an even position: see cut.
type scan struct {
	count int
	match []byte // nil = all
	none  bool   // of a type that no key has

	from  kv.Hash // of the round
	width int     // partitions of the round
	pages []page
	under int
	ready bool // the next round may be sent

	found   int // keys seen
	n       int // keys in body
	body    []byte
	cursor  uint64
	fault   fault.Kind
	trouble string
}

// page is what one partition answered.
type page struct {
	entries []byte
	next    kv.Hash // 0 = the partition has no more
}

func (c *scan) runnable() bool { return c.ready }

func (c *scan) issue(s *Session) {
	c.ready = false
	first := int(c.from.Partition())
	c.width = min(c.width, kv.Partitions-first)
	c.pages = append(c.pages[:0], make([]page, c.width)...)
	each := max(2, min(c.count-c.found+1, maxScanCount/c.width))
	c.under = c.width
	s.list(c.from, each)
	for i := 1; i < c.width; i++ {
		s.list(kv.Partition(first+i).First(), each)
	}
}

func (c *scan) reply(s *Session, r *coord.Reply, part int, body []byte) bool {
	c.under--
	if r.Code == coord.ReplyFault {
		c.fault = worse(c.fault, r.Fault)
	} else {
		c.pages[part-int(c.from.Partition())] = page{append([]byte(nil), body...), kv.Hash(r.N)}
		s.gathered += len(body)
	}
	if c.under > 0 {
		return false
	}
	return c.fault != fault.OK || c.merge(s)
}

// merge takes the pages of a round in order; true = the answer is complete.
func (c *scan) merge(s *Session) bool {
	first := int(c.from.Partition())
	for i := range c.pages {
		p := &c.pages[i]
		end, next := c.cut(s.state.DB, p)
		c.take(p.entries[:end])
		switch {
		case c.trouble != "":
			return true
		case next != 0 && (next&1 != 0 || c.found < c.count): // no place for a cursor, or too early for one
			c.from, c.width, c.ready = next, 1, true
			return false
		case next != 0:
			c.cursor = uint64(next) >> 1
			return true
		case first+i+1 == kv.Partitions:
			return true // cursor 0
		case c.found >= c.count || len(c.body) > s.limits.MaxReply/2:
			c.cursor = uint64(kv.Partition(first+i+1).First()) >> 1
			return true
		}
	}
	c.from = kv.Partition(first + c.width).First()
	c.width *= 2
	c.ready = true
	return false
}

// cut gives where a page ends: the length of its entries, and the position after them (0 = the partition's
// end). Where there is more, the last group of equal hashes is left to the next page if that makes an even
// position, between what is given and what is not.
func (c *scan) cut(db kv.DB, p *page) (int, kv.Hash) {
	if p.next&1 == 0 {
		return len(p.entries), p.next
	}
	var e wire.Entry
	var last, before kv.Hash
	cut := 0
	for rest := p.entries; len(rest) > 0; {
		at := len(p.entries) - len(rest)
		var ok bool
		if rest, ok = wire.NextEntry(rest, &e); !ok {
			break
		}
		if h := kv.HashKey(db, e.Key); h != last {
			before, last, cut = last, h, at
		}
	}
	if even := last &^ 1; cut > 0 && even > before {
		return cut, even
	}
	return len(p.entries), p.next
}

func (c *scan) take(entries []byte) {
	var e wire.Entry
	for len(entries) > 0 {
		var ok bool
		if entries, ok = wire.NextEntry(entries, &e); !ok {
			return
		}
		c.found++
		hit := !c.none
		if hit && c.match != nil {
			if hit, ok = glob(c.match, e.Key); !ok {
				c.trouble = errPattern
			}
		}
		if hit {
			c.n++
			c.body = appendBulk(c.body, e.Key)
		}
	}
}

func (c *scan) render(_ *Session, b []byte, _ *slot, _ *coord.Reply, _ []byte) []byte {
	switch {
	case c.fault != fault.OK:
		return appendFault(b, c.fault)
	case c.trouble != "":
		return appendError(b, c.trouble)
	}
	b = appendArray(b, 2)
	var digits [20]byte
	b = appendBulk(b, strconv.AppendUint(digits[:0], c.cursor, 10))
	b = appendArray(b, c.n)
	return append(b, c.body...)
}
