package resptest

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/wire"
)

// Core answers requests from a map. It is not safe for concurrent use.
type Core struct {
	// Now is the time in Unix milliseconds.
	Now func() int64
	// MaxValue bounds what APPEND makes, in bytes.
	MaxValue int
	// Down are partitions that nobody can speak for.
	Down map[kv.Partition]bool
	// Lists counts the listings asked for.
	Lists int

	parts map[place]map[string]entry
	body  []byte
}

type place struct {
	db kv.DB
	p  kv.Partition
}

type entry struct {
	value  []byte
	expiry int64 // Unix milliseconds, 0 = never
}

// New is an empty core.
func New(now func() int64) *Core {
	return &Core{Now: now, MaxValue: 4 << 20, Down: map[kv.Partition]bool{}, parts: map[place]map[string]entry{}}
}

// Answer executes a request. The body is valid until the next call.
func (c *Core) Answer(in *coord.Input) (r coord.Reply, body []byte) {
	c.body = c.body[:0]
	r = coord.Reply{Conn: in.Conn, Tag: in.Tag}
	p := in.Partition
	if in.Op != coord.OpList && in.Op != coord.OpFlush {
		p = kv.HashKey(in.DB, in.Key).Partition()
	}
	if keyed(in.Op) && c.Down[p] {
		r.Code, r.Fault = coord.ReplyFault, fault.NoServer
		return r, nil
	}
	pl := place{in.DB, p}
	switch in.Op {
	case coord.OpList:
		c.list(pl, in, &r)
	case coord.OpFlush:
		for pl := range c.parts {
			if pl.db == in.DB {
				delete(c.parts, pl)
			}
		}
	case coord.OpServers, coord.OpWhy, coord.OpConverged:
		c.status(in, &r)
	default:
		c.key(pl, in, &r)
	}
	return r, c.body
}

func keyed(op coord.Op) bool {
	return op != coord.OpFlush && op != coord.OpServers && op != coord.OpConverged && op != coord.OpWhy
}

func (c *Core) get(pl place, key []byte) (entry, bool) {
	e, ok := c.parts[pl][string(key)]
	if ok && e.expiry != 0 && e.expiry <= c.Now() {
		delete(c.parts[pl], string(key))
		return entry{}, false
	}
	return e, ok
}

func (c *Core) put(pl place, key []byte, e entry) {
	if c.parts[pl] == nil {
		c.parts[pl] = map[string]entry{}
	}
	c.parts[pl][string(key)] = e
}

func (c *Core) key(pl place, in *coord.Input, r *coord.Reply) {
	old, found := c.get(pl, in.Key)
	switch in.Op {
	case coord.OpGet, coord.OpGetDel, coord.OpGetEx:
		c.value(old, found, r)
		if found && in.Op == coord.OpGetDel {
			delete(c.parts[pl], string(in.Key))
		}
		if found && in.Op == coord.OpGetEx {
			c.put(pl, in.Key, entry{old.value, c.expiry(in)})
		}
	case coord.OpHead:
		r.Code = coord.ReplyNil
		if found {
			r.Code = coord.ReplyHead
			r.Head = kv.Head{Kind: kv.Live, Expiry: old.expiry, Length: uint32(len(old.value))}
		}
	case coord.OpSet:
		c.set(pl, in, old, found, r)
	case coord.OpDel:
		r.Code = coord.ReplyInt
		if found {
			r.N = 1
		}
		delete(c.parts[pl], string(in.Key))
	case coord.OpExpire:
		r.Code = coord.ReplyInt
		if n := c.expiry(in); found && c.mayExpire(in, old, n) {
			r.N = 1
			c.put(pl, in.Key, entry{old.value, n})
		}
	case coord.OpIncrBy:
		c.add(pl, in, old, found, r)
	case coord.OpAppend:
		if len(old.value)+len(in.Value) > c.MaxValue {
			r.Code = coord.ReplyTooLong
			return
		}
		old.value = append(slices.Clone(old.value), in.Value...)
		c.put(pl, in.Key, old)
		r.Code, r.N = coord.ReplyInt, int64(len(old.value))
	}
}

func (c *Core) value(e entry, found bool, r *coord.Reply) {
	r.Code = coord.ReplyNil
	if found {
		r.Code = coord.ReplyValue
		c.body = append(c.body, e.value...)
	}
}

func (c *Core) set(pl place, in *coord.Input, old entry, found bool, r *coord.Reply) {
	prevented := in.Flags&coord.FlagNX != 0 && found || in.Flags&coord.FlagXX != 0 && !found
	if in.Flags&coord.FlagGet != 0 {
		c.value(old, found, r)
	} else if prevented {
		r.Code = coord.ReplyNil
	}
	if prevented {
		return
	}
	e := entry{value: slices.Clone(in.Value), expiry: c.expiry(in)}
	if in.Flags&coord.FlagKeepTTL != 0 {
		e.expiry = old.expiry
	}
	c.put(pl, in.Key, e)
}

// expiry is the absolute expiry that a request asks for.
func (c *Core) expiry(in *coord.Input) int64 {
	switch {
	case in.Flags&coord.FlagExpireIn != 0:
		return in.N + c.Now()
	case in.Flags&coord.FlagExpireAt != 0:
		return in.N
	}
	return 0
}

func (c *Core) mayExpire(in *coord.Input, old entry, n int64) bool {
	before := old.expiry
	switch f := in.Flags; {
	case f&coord.FlagPersist != 0:
		return before != 0
	case f&coord.FlagNX != 0 && before != 0,
		f&coord.FlagXX != 0 && before == 0,
		f&coord.FlagGT != 0 && (before == 0 || n <= before),
		f&coord.FlagLT != 0 && before != 0 && n >= before:
		return false
	}
	return true
}

func (c *Core) add(pl place, in *coord.Input, old entry, found bool, r *coord.Reply) {
	n := int64(0)
	if found {
		v, err := strconv.ParseInt(string(old.value), 10, 64)
		if err != nil || strconv.FormatInt(v, 10) != string(old.value) {
			r.Code = coord.ReplyNotInteger
			return
		}
		n = v
	}
	if in.N > 0 && n > math.MaxInt64-in.N || in.N < 0 && n < math.MinInt64-in.N {
		r.Code = coord.ReplyOverflow
		return
	}
	n += in.N
	c.put(pl, in.Key, entry{strconv.AppendInt(nil, n, 10), old.expiry})
	r.Code, r.N = coord.ReplyInt, n
}

func (c *Core) list(pl place, in *coord.Input, r *coord.Reply) {
	c.Lists++
	type found struct {
		h kv.Hash
		k string
	}
	var keys []found
	for k := range c.parts[pl] {
		if _, ok := c.get(pl, []byte(k)); !ok {
			continue
		}
		if h := kv.HashKey(pl.db, []byte(k)); h >= in.Hash {
			keys = append(keys, found{h, k})
		}
	}
	slices.SortFunc(keys, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.h, b.h), cmp.Compare(a.k, b.k))
	})
	r.Code = coord.ReplyList
	for i, f := range keys {
		if i >= int(in.N) && f.h != keys[i-1].h {
			r.N = int64(f.h)
			return
		}
		c.body = wire.AppendEntry(c.body, &wire.Entry{DB: pl.db, Head: kv.Head{Kind: kv.Live}, Key: []byte(f.k)})
	}
}
