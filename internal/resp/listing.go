package resp

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/wire"
)

type listingKind uint8

const (
	listKeys listingKind = iota
	listCount
	listVisible // the keys that can be seen right now, and whether that is all
)

// listing goes through every partition of the database: KEYS, DBSIZE, DS KEYS.
type listing struct {
	kind    listingKind
	match   []byte // nil = all
	next    int    // partition
	again   []kv.Hash
	under   int
	n       int64
	body    []byte // keys, encoded
	fault   fault.Kind
	trouble string // an error that is not a fault
}

func (l *listing) runnable() bool {
	if l.under >= waveParts || l.halted() {
		return false
	}
	return len(l.again) > 0 || l.next < kv.Partitions
}

// halted tells that the answer will be an error, whatever the rest says.
func (l *listing) halted() bool {
	return l.trouble != "" || l.fault != fault.OK && l.kind != listVisible
}

func (l *listing) issue(s *Session) {
	for l.runnable() {
		from := kv.Partition(l.next).First()
		if n := len(l.again); n > 0 {
			from, l.again = l.again[n-1], l.again[:n-1]
		} else {
			l.next++
		}
		s.list(from, pageKeys)
		l.under++
	}
}

func (l *listing) reply(s *Session, r *coord.Reply, part int, body []byte) bool {
	l.under--
	if r.Code == coord.ReplyFault {
		l.fault = worse(l.fault, r.Fault)
	} else {
		s.gathered -= len(l.body)
		l.take(s, body)
		s.gathered += len(l.body)
		if next := kv.Hash(r.N); next.Partition() == kv.Partition(part) && next != 0 {
			l.again = append(l.again, next)
		}
	}
	return l.under == 0 && !l.runnable()
}

func (l *listing) take(s *Session, page []byte) {
	var e wire.Entry
	for {
		var ok bool
		if page, ok = wire.NextEntry(page, &e); !ok || l.trouble != "" {
			return
		}
		if l.kind == listCount {
			l.n++
			continue
		}
		hit := true
		if l.match != nil {
			if hit, ok = glob(l.match, e.Key); !ok {
				l.trouble = errPattern
			}
		}
		if hit {
			l.n++
			l.body = appendBulk(l.body, e.Key)
		}
		if len(l.body) > s.limits.MaxReply {
			l.trouble, l.body = errReplyTooLong+": use SCAN", nil
		}
	}
}

func (l *listing) render(_ *Session, b []byte, sl *slot, _ *coord.Reply, _ []byte) []byte {
	switch {
	case l.trouble != "":
		return appendError(b, l.trouble)
	case l.kind == listVisible:
		b = appendMap(b, 2, sl.resp3)
		b = append(appendArray(appendBulkString(b, "keys"), int(l.n)), l.body...)
		return appendBool(appendBulkString(b, "complete"), l.fault == fault.OK)
	case l.fault != fault.OK:
		return appendFault(b, l.fault)
	case l.kind == listCount:
		return appendInt(b, l.n)
	}
	b = appendArray(b, int(l.n))
	return append(b, l.body...)
}
