package coord

import "slices"

// maxLives bounds the lives that are remembered; past it the oldest is forgotten, and a server that knows it is
// judged by the one after.
const maxLives = 64

// life is what servers can know at most of a router that ran on this journal: a server which knows more has met
// another one. It must be kept, for every start moves the journal's sequence and ceiling on: an older volume would
// pass for the latest when it has been started often enough.
type life struct {
	epoch   uint64
	open    bool   // it is this router's own, or the start that ends it is not durable yet
	seq     uint64 // of the journal, as servers may have heard of it
	ceiling uint64
}

// lives are those in which a server was let in, in the order of their epochs.
type lives struct{ list []life }

func (l *lives) restore(k, b []byte) bool {
	if len(k) != 8 || len(b) != 0 && len(b) != 16 {
		return false
	}
	v := life{epoch: be.Uint64(k), open: len(b) == 0}
	if !v.open {
		v.seq, v.ceiling = le.Uint64(b), le.Uint64(b[8:])
	}
	at, _ := slices.BinarySearchFunc(l.list, v.epoch, func(a life, epoch uint64) int { return int(int64(a.epoch - epoch)) })
	l.list = slices.Insert(l.list, at, v)
	return true
}

// knew tells what a server that was last told of an epoch below this router's can know; false if no router of that
// epoch ran on this journal.
func (c *Core) knew(epoch uint64) (l life, ok bool) {
	for _, l := range c.lives.list {
		if l.epoch < epoch {
			continue
		}
		if l.open {
			l.seq, l.ceiling = c.restored.seq, c.restored.ceiling
		}
		return l, true
	}
	return life{}, false
}

// endLives ends the life before this one, which went as far as the journal was found to be.
func (c *Core) endLives() {
	for len(c.lives.list) > maxLives {
		c.forgetLives(1)
	}
	for i := range c.lives.list {
		l := &c.lives.list[i]
		if !l.open {
			continue
		}
		l.open, l.seq, l.ceiling = false, c.restored.seq, c.restored.ceiling
		c.put(c.lifeKey(l.epoch), le.AppendUint64(le.AppendUint64(c.numBuf[:0], l.seq), l.ceiling))
	}
}

// beginLife notes that servers know of this router, before the first one does.
func (c *Core) beginLife() {
	n := len(c.lives.list)
	if n > 0 && c.lives.list[n-1].epoch == c.cfg.Epoch {
		return
	}
	c.lives.list = append(c.lives.list, life{epoch: c.cfg.Epoch, open: true})
	c.put(c.lifeKey(c.cfg.Epoch))
}

// forgetFormerLives drops the lives before this one once every server knows this one.
func (c *Core) forgetFormerLives() {
	for i := range c.servers {
		if !c.servers[i].met {
			return
		}
	}
	c.forgetLives(max(0, len(c.lives.list)-1))
}

// forgetLives drops the n oldest.
func (c *Core) forgetLives(n int) {
	for _, l := range c.lives.list[:n] {
		c.del(c.lifeKey(l.epoch))
	}
	c.lives.list = slices.Delete(c.lives.list, 0, n)
}

func (c *Core) lifeKey(epoch uint64) []byte {
	c.keyBuf = be.AppendUint64(append(c.keyBuf[:0], rowLife), epoch)
	return c.keyBuf
}
