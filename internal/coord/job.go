package coord

import (
	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

const (
	maxJobs      = 8
	jobPageBytes = 64 << 10
	// maxSlowJobs bounds the jobs that wait for a slow server, so that the others go on.
	maxSlowJobs = 2
)

// jobs repair partitions whose digests differ: list what the copies have, repair the keys
// that differ, both ways, compare again.
type jobs struct {
	list   [maxJobs]job
	queued partitionSet
	next   kv.Partition
	wanted bool // there may be something to start or go on with
}

type job struct {
	active      bool
	part        kv.Partition
	op          opID // the listing or comparison under way, or noOp
	copies      table.Copies
	walk        walk
	keys        []byte // keys that differ and are not yet under repair: wire entries
	outstanding int    // repairs
	more        bool   // the listing goes on after walk's cursor
	check       comparison
	cut         uint64
	began       int64
	checks      int
}

func (j *jobs) want(p kv.Partition) {
	j.queued.add(p)
	j.wanted = true
}

func (c *Core) runJobs() {
	j := &c.jobs
	j.wanted = false
	for i := range j.list {
		jb := &j.list[i]
		if jb.active || c.nextJob(jb) {
			c.runJob(i, jb)
		}
	}
}

// active tells that a job is under way.
func (j *jobs) active() bool {
	for i := range j.list {
		if j.list[i].active {
			return true
		}
	}
	return false
}

// slowJobs is the jobs that wait for a slow server.
func (c *Core) slowJobs() (n int) {
	for i := range c.jobs.list {
		jb := &c.jobs.list[i]
		if _, slow := c.up(jb.part); jb.active && slow&jb.copies != 0 {
			n++
		}
	}
	return n
}

// nextJob takes the next queued partition of which at least two copies are up.
func (c *Core) nextJob(jb *job) bool {
	j := &c.jobs
	if j.queued.empty() {
		return false
	}
	noSlow := c.slowJobs() >= maxSlowJobs
	for range kv.Partitions {
		p := j.next
		j.next = (j.next + 1) % kv.Partitions
		if !j.queued.has(p) {
			continue
		}
		copies, slow := c.up(p)
		if slow != 0 && noSlow {
			continue
		}
		j.queued.remove(p)
		if bitCount(copies) >= 2 && !c.underWay(p) {
			*jb = job{active: true, part: p, op: noOp, copies: copies, more: true, walk: walk{pages: jb.walk.pages}, keys: jb.keys[:0]}
			jb.walk.restart(cursorAt(0, p.First()))
			return true
		}
		if bitCount(copies) < 2 {
			c.missJob()
		}
	}
	return false
}

func (c *Core) underWay(p kv.Partition) bool {
	for i := range c.jobs.list {
		if c.jobs.list[i].active && c.jobs.list[i].part == p {
			return true
		}
	}
	return false
}

// runJob does whatever can be done now: repairs, else the next pages, else the comparison.
func (c *Core) runJob(number int, jb *job) {
	var e wire.Entry
	for jb.outstanding < max(1, c.effort.part/maxJobs) && len(jb.keys) > 0 {
		rest, _ := wire.NextEntry(jb.keys, &e)
		o := c.repairOp(opRepair, e.DB, kv.HashKey(e.DB, e.Key), e.Key, ownerJob(number))
		jb.keys = rest
		jb.outstanding++
		c.startRead(o)
	}
	if jb.outstanding > 0 || jb.op != noOp || len(jb.keys) > 0 {
		return
	}
	if jb.more {
		c.listJob(number, jb)
	} else {
		c.checkJob(number, jb)
	}
}

// ask sends a request to each copy of the job, in one step.
func (c *Core) ask(number int, jb *job, f wire.Frame) {
	o := c.repairOp(opSync, 0, jb.part.First(), nil, ownerJob(number))
	o.phase, jb.op = phaseList, o.id
	o.gen++
	for i := range c.cfg.Geometry.Copies() {
		s := c.serverOf(jb.part, i)
		if jb.copies>>i&1 == 0 {
			continue
		}
		if !c.takes(s) {
			c.abortJob(o)
			return
		}
		o.waiting |= 1 << i
		c.frameOut = f
		c.send(s, &c.frameOut, ticketState{op: o.id, gen: o.gen, copy: uint8(i)})
	}
}

func (c *Core) listJob(number int, jb *job) {
	jb.walk.restart(jb.walk.at)
	c.ask(number, jb, wire.Frame{
		Type: wire.List, Code: wire.ListAll, Relaxed: c.cfg.Durability.Relaxed(), Partition: jb.part, Limit: jobPageBytes,
		DB: jb.walk.at.db, Hash: jb.walk.at.hash, Key: jb.walk.at.key,
	})
}

func (c *Core) checkJob(number int, jb *job) {
	if jb.checks++; jb.checks > 1 {
		jb.active = false // the next sweep sees what is left
		c.jobs.wanted = true
		return
	}
	jb.check.answered, jb.check.clean, jb.check.ended = 0, c.cleanCopies(jb.part), c.ended[jb.part]
	jb.cut, jb.began = c.sweep.generation, c.time.expiry
	jb.check.relaxed = 0
	c.ask(number, jb, wire.Frame{Type: wire.Digest, Relaxed: c.relaxesDigests(), Partition: jb.part, Count: 1})
}

// abortJob gives a job up.
func (c *Core) abortJob(o *op) {
	jb := &c.jobs.list[-o.owner-1]
	c.missJob()
	jb.op = noOp
	jb.active = jb.outstanding > 0 // else its repairs would report to another job
	jb.keys, jb.more, jb.checks = jb.keys[:0], false, 1
	c.jobs.wanted = true
	c.endJobOp(o)
}

// missJob has another sweep come soon, which asks for a job again that copies could not take part in, if it is still needed.
func (c *Core) missJob() {
	c.sweep.soon = true
	c.sweep.spaceOut(false)
}

func (c *Core) endJobOp(o *op) {
	o.gen++
	c.ops.release(o)
}

// jobListed takes the pages of all copies and finds the keys that differ.
func (c *Core) jobListed(o *op) {
	jb := &c.jobs.list[-o.owner-1]
	jb.op, jb.keys = noOp, jb.keys[:0]
	for {
		e, heads, ok := jb.walk.next(jb.copies)
		if !ok {
			break
		}
		if c.differ(e.DB, heads, jb.copies) {
			jb.keys = wire.AppendEntry(jb.keys, e)
		}
	}
	jb.more = jb.walk.open(jb.copies)
	c.endJobOp(o)
	c.jobs.wanted = true
}

func (c *Core) differ(db kv.DB, heads *[ring.MaxCopies]kv.Head, copies table.Copies) bool {
	first := -1
	for i := range heads {
		if copies>>i&1 == 0 {
			continue
		}
		if c.flushed(db, heads[i].Version) {
			heads[i] = kv.Head{}
		}
		if first < 0 {
			first = i
		} else if heads[i] != heads[first] {
			return true
		}
	}
	return false
}

// checkReply takes a copy's digest in a job's comparison.
func (c *Core) checkReply(o *op, copy int, f *wire.Frame) {
	jb := &c.jobs.list[-o.owner-1]
	var d wire.PartitionDigest
	if _, ok := wire.NextDigest(f.Value, &d); ok && d.Partition == jb.part {
		jb.check.take(copy, &d, f.Relaxed)
	}
	if o.waiting &^= 1 << copy; o.waiting != 0 {
		return
	}
	c.sweep.spaceOut(c.compare(jb.part, &jb.check, jb.cut, jb.began))
	c.jobs.queued.remove(jb.part) // what can't be repaired now waits for the next sweep, or this would never rest
	c.sweep.soon = c.sweep.soon || c.jobs.queued.empty()
	jb.op, jb.active = noOp, false
	c.endJobOp(o)
	c.jobs.wanted = true
}
