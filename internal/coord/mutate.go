package coord

import (
	"slices"
	"strconv"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
)

// mutate computes what a read-modify-write writes from what was found. It returns false
// where nothing is written; code and result are the answer then.
func (c *Core) mutate(o *op, seen bool) bool {
	switch o.kind {
	case OpSet:
		return c.mutateSet(o, seen)
	case OpDel:
		return c.mutateDel(o, seen)
	case OpGetDel:
		if !seen {
			o.code = ReplyNil
			return false
		}
		o.code = ReplyValue
		c.writeRecord(o, kv.Tombstone, 0, nil)
	case OpGetEx:
		return c.mutateGetEx(o, seen)
	case OpExpire:
		return c.mutateExpire(o, seen)
	case OpIncrBy:
		return c.mutateIncr(o, seen)
	case OpAppend:
		return c.mutateAppend(o, seen)
	default:
		panic("coord: operation " + strconv.Itoa(int(o.kind)) + " is unknown")
	}
	return true
}

func (c *Core) mutateSet(o *op, seen bool) bool {
	o.code = ReplyOK
	if o.flags&FlagGet != 0 {
		o.code = ReplyNil
		if seen {
			o.code = ReplyValue
		}
	}
	if o.flags&FlagNX != 0 && seen || o.flags&FlagXX != 0 && !seen {
		if o.flags&FlagGet == 0 {
			o.code = ReplyNil
		}
		return false
	}
	kept := int64(0)
	if seen && o.flags&FlagKeepTTL != 0 {
		kept = o.found.Expiry
	}
	expiry := c.setExpiry(o, kept)
	if expiry != 0 && expiry <= c.time.expiry {
		c.writeRecord(o, kv.Tombstone, 0, nil)
		return true
	}
	c.writeRecord(o, kv.Live, expiry, o.arg)
	return true
}

// mutateDel writes a tombstone, also for an absent key, unless every copy answered that it has none, or has its tombstone: one that did
// not answer may hold a newer write that its router died with.
func (c *Core) mutateDel(o *op, seen bool) bool {
	o.code, o.result = ReplyInt, 0
	if seen {
		o.result = 1
	}
	all := o.answered == c.allCopies() || planted.On(planted.DeleteSkipped)
	if all && (!o.found.Exists() || o.found.Kind == kv.Tombstone && c.uncovered(o) == 0) {
		return false
	}
	c.writeRecord(o, kv.Tombstone, 0, nil)
	return true
}

func (c *Core) mutateGetEx(o *op, seen bool) bool {
	if !seen {
		o.code = ReplyNil
		return false
	}
	o.code = ReplyValue
	expiry := c.setExpiry(o, o.found.Expiry)
	if expiry == o.found.Expiry {
		return false
	}
	c.rewrite(o, expiry)
	return true
}

// rewrite writes the found value with another expiry, or a tombstone if that is over.
func (c *Core) rewrite(o *op, expiry int64) {
	if expiry != 0 && expiry <= c.time.expiry {
		c.writeRecord(o, kv.Tombstone, 0, nil)
		return
	}
	c.writeRecord(o, kv.Live, expiry, o.rbuf)
}

func (c *Core) mutateExpire(o *op, seen bool) bool {
	o.code = ReplyInt
	asked := c.setExpiry(o, 0)
	if !seen || !o.expiryAllowed(asked) {
		o.result = 0
		return false
	}
	o.result = 1
	c.rewrite(o, asked)
	return true
}

// expiryAllowed checks the conditions of EXPIRE. No expiry counts as infinitely late.
func (o *op) expiryAllowed(asked int64) bool {
	has := o.found.Expiry
	switch {
	case o.flags&FlagPersist != 0:
		return has != 0
	case o.flags&FlagNX != 0 && has != 0, o.flags&FlagXX != 0 && has == 0:
		return false
	case o.flags&FlagGT != 0 && (has == 0 || asked <= has):
		return false
	case o.flags&FlagLT != 0 && has != 0 && asked >= has:
		return false
	}
	return true
}

func (c *Core) mutateIncr(o *op, seen bool) bool {
	value, expiry := int64(0), int64(0)
	if seen {
		n, ok := parseInteger(o.rbuf)
		if !ok {
			o.code = ReplyNotInteger
			return false
		}
		value, expiry = n, o.found.Expiry
	}
	sum := value + o.n
	if (sum > value) != (o.n > 0) && o.n != 0 {
		o.code = ReplyOverflow
		return false
	}
	o.code, o.result = ReplyInt, sum
	o.tmp = strconv.AppendInt(emptied(o.tmp), sum, 10)
	c.writeRecord(o, kv.Live, expiry, o.tmp)
	return true
}

// parseInteger reads a 64-bit decimal integer in its only form: no sign but '-', no
// leading zeros, no spaces; as Redis' string2ll does.
func parseInteger(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || b[0] == '+' || b[0] == '0' && len(b) > 1 || len(b) > 1 && b[0] == '-' && b[1] == '0' {
		return 0, false
	}
	return n, true
}

func (c *Core) mutateAppend(o *op, seen bool) bool {
	old, expiry := []byte(nil), int64(0)
	if seen {
		old, expiry = o.rbuf, o.found.Expiry
	}
	n := len(old) + len(o.arg)
	if int64(n) > c.cfg.MaxValue {
		o.code = ReplyTooLong
		return false
	}
	o.tmp = append(append(slices.Grow(emptied(o.tmp), n), old...), o.arg...)
	o.code, o.result = ReplyInt, int64(len(o.tmp))
	c.writeRecord(o, kv.Live, expiry, o.tmp)
	return true
}
