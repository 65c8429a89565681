package coord

import (
	"bytes"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// cursor is a position in a partition: after the key, or, without one, from the hash on.
type cursor struct {
	db   kv.DB
	hash kv.Hash
	key  []byte
}

func cursorAt(db kv.DB, hash kv.Hash) cursor { return cursor{db: db, hash: hash} }

// walk merges the pages that several copies sent of the same listing, in its order:
// database, hash, key.
type walk struct {
	at    cursor // the last key that was merged
	pages [ring.MaxCopies]page
}

type page struct {
	buf    []byte
	rest   []byte
	entry  wire.Entry
	hash   kv.Hash
	loaded bool // entry is the first one not yet merged
	more   bool // the copy has entries behind the page
}

func (w *walk) restart(at cursor) {
	w.at = cursor{at.db, at.hash, append(w.at.key[:0], at.key...)}
	for i := range w.pages {
		w.pages[i] = page{buf: w.pages[i].buf[:0]}
	}
}

func (w *walk) fill(copy int, f *wire.Frame) {
	p := &w.pages[copy]
	p.buf = append(p.buf[:0], f.Value...)
	p.rest, p.more = p.buf, f.More
}

func (p *page) load() bool {
	if p.loaded {
		return true
	}
	rest, ok := wire.NextEntry(p.rest, &p.entry)
	if !ok {
		return false
	}
	p.rest, p.loaded = rest, true
	p.hash = kv.HashKey(p.entry.DB, p.entry.Key)
	return true
}

func (p *page) compare(o *page) int {
	switch {
	case p.entry.DB != o.entry.DB:
		return int(p.entry.DB) - int(o.entry.DB)
	case p.hash < o.hash:
		return -1
	case p.hash > o.hash:
		return 1
	}
	return bytes.Compare(p.entry.Key, o.entry.Key)
}

// next gives the next key with each copy's head of it. It ends where one of the copies has more
// to tell, because what it would say next is not known.
func (w *walk) next(copies table.Copies) (*wire.Entry, *[ring.MaxCopies]kv.Head, bool) {
	least := w.least(copies)
	if least < 0 {
		return nil, nil, false
	}
	var heads [ring.MaxCopies]kv.Head
	l := &w.pages[least]
	for i := range w.pages {
		if p := &w.pages[i]; copies>>i&1 == 1 && p.loaded && p.compare(l) == 0 {
			heads[i] = p.entry.Head
			p.loaded = i == least // still compared against
		}
	}
	l.loaded = false
	w.at = cursor{l.entry.DB, l.hash, append(w.at.key[:0], l.entry.Key...)}
	if len(l.entry.Key) == 0 {
		w.at.hash++ // a cursor without a key would begin with this entry again
	}
	return &l.entry, &heads, true
}

// open tells that a copy has entries behind its page.
func (w *walk) open(copies table.Copies) bool {
	for i := range w.pages {
		if copies>>i&1 == 1 && w.pages[i].more {
			return true
		}
	}
	return false
}

// peek is the key that next would give, or nil.
func (w *walk) peek(copies table.Copies) *wire.Entry {
	if i := w.least(copies); i >= 0 {
		return &w.pages[i].entry
	}
	return nil
}

// least is the copy whose next entry comes first, or -1.
func (w *walk) least(copies table.Copies) int {
	least := -1
	for i := range w.pages {
		if copies>>i&1 == 0 {
			continue
		}
		p := &w.pages[i]
		switch {
		case p.load():
			if least < 0 || p.compare(&w.pages[least]) < 0 {
				least = i
			}
		case p.more:
			return -1
		}
	}
	return least
}
