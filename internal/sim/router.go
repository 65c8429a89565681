package sim

import (
	"bytes"
	"encoding/binary"
	"maps"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// Router drives a core as internal/router does, with a journal that forgets what was not synced.
type Router struct {
	w        *World
	core     *coord.Core // nil = down
	effects  coord.Effects
	rows     map[string][]byte // durable
	pending  []row
	reads    []read
	HoldSync bool
	failed   bool // the journal; see Fail
	epoch    uint64
	volumes  byte // which volume it has: each has ids of its own
	queue    []coord.Input
	ghosts   []coord.LinkID // of servers that went without a word
	left     coord.Legacy   // by the core whose journal failed
	// OnReply is called for each reply, with its bytes.
	OnReply func(r coord.Reply, b []byte)
}

type row struct {
	seq      uint64
	delete   bool
	last     bool // of its step: a step reaches the disk whole or not at all
	key, end string
	value    []byte
}

type read struct {
	after uint64 // operations that it must see
	token uint64
	key   string
}

// Start boots the router on what its journal holds.
func (r *Router) Start() error {
	r.epoch++
	r.w.starts++
	cfg := r.w.Config
	cfg.Epoch = r.epoch
	cfg.Cluster[1], cfg.Journal[1] = r.volumes, r.volumes
	cfg.Fresh = kv.ID{0x1f, r.volumes, byte(r.epoch), r.w.starts}
	r.core = coord.New(cfg)
	for _, k := range sortedKeys(r.rows) {
		if err := r.core.Restore([]byte(k), r.rows[k]); err != nil {
			return err
		}
	}
	r.core.Inherit(r.left)
	r.effects.Reset()
	r.core.Start(r.w.now, &r.effects)
	r.carryOut()
	return nil
}

// Stop ends the router in order: everything is synced.
func (r *Router) Stop() {
	r.effects.Reset()
	r.core.Stop(r.w.now, &r.effects)
	r.carryOut()
	r.core = nil // stepped no more; what it wrote reaches the disk
	for _, op := range r.pending {
		r.keep(op)
	}
	r.HoldSync = false
	r.Kill()
}

// Kill ends the router as kill -9 with a power loss does.
func (r *Router) Kill() {
	r.core, r.failed = nil, false
	r.lose()
}

// lose forgets what was not durable, and hangs up.
func (r *Router) lose() {
	r.pending, r.reads, r.queue = nil, nil, nil
	r.ghosts = nil
	for _, s := range r.w.Servers {
		switch {
		case s.link == 0 || s.orphan || s.router != r:
		case s.HoldIn || s.Paused:
			s.lose()
		default:
			s.HangUp()
		}
	}
}

// Vanish ends the router as a power loss of its machine does: no server is told.
func (r *Router) Vanish() {
	for _, s := range r.w.Servers {
		if s.link != 0 && s.router == r {
			s.lose()
		}
	}
	r.Kill()
}

// linkDown tells a core that runs that the reader of a link has ended.
func (r *Router) linkDown(link coord.LinkID) {
	if r.core != nil {
		r.queue = append(r.queue, coord.Input{Kind: coord.InLinkDown, Link: link})
	}
}

// Fail makes a sync of the journal fail. The operations of the first n pending steps have reached the disk
// nevertheless; nobody is told.
func (r *Router) Fail(n int) {
	kept := 0
	for i, op := range r.pending {
		if n == 0 {
			break
		}
		if op.last {
			kept, n = i+1, n-1
		}
	}
	for _, op := range r.pending[:kept] {
		r.keep(op)
	}
	r.pending, r.reads, r.failed = nil, nil, true
	r.Step(coord.Input{Kind: coord.InJournalFailed})
}

// Reopen lets another core take over, on what the journal is found to hold.
func (r *Router) Reopen() error {
	r.effects.Reset()
	r.left.Asked = r.core.Retire(r.w.now, &r.effects).Asked // clients have taken all that they were given
	r.carryOut()
	r.core, r.failed = nil, false
	r.lose()
	err := r.Start()
	r.left = coord.Legacy{}
	return err
}

// Lose replaces the volume by an empty one. The router is down.
func (r *Router) Lose() {
	r.rows, r.epoch = map[string][]byte{}, 0
	r.w.lost++
	r.volumes = r.w.lost
}

// Snapshot copies the volume; the returned call puts the copy into a router that is down.
func (r *Router) Snapshot() (restore func(*Router)) {
	rows, epoch, volumes := maps.Clone(r.rows), r.epoch, r.volumes
	return func(to *Router) { to.rows, to.epoch, to.volumes = maps.Clone(rows), epoch, volumes }
}

// Up tells that the router runs and serves.
func (r *Router) Up() bool { return r.core != nil && r.core.Serving() }

func (r *Router) Step(in ...coord.Input) {
	r.effects.Reset()
	r.core.Step(r.w.now, in, &r.effects)
	r.carryOut()
}

// carryOut does what internal/router does with effects, into queues.
func (r *Router) carryOut() {
	e := &r.effects
	for _, ev := range e.Events {
		if !r.w.Quiet {
			r.w.event(ev)
		}
		if r.w.OnEvent != nil {
			r.w.OnEvent(ev)
		}
	}
	first := e.JournalSeq - uint64(len(e.Journal)) + 1
	for i, op := range e.Journal {
		r.pending = append(r.pending, row{
			seq: first + uint64(i), delete: op.Delete, key: r.bytes(op.Key), end: r.bytes(op.End),
			value: append(bytes.Clone(e.JournalBytes[op.Value.From:op.Value.To]), op.Shared...), last: i == len(e.Journal)-1,
		})
		if !r.w.Quiet {
			r.w.journalOp(&r.pending[len(r.pending)-1])
		}
		if r.w.OnRow != nil {
			r.w.OnRow(r.pending[len(r.pending)-1].key, r.pending[len(r.pending)-1].value, op.Delete)
		}
	}
	last := uint64(0)
	if n := len(r.pending); n > 0 {
		last = r.pending[n-1].seq
	}
	for _, rd := range e.JournalReads {
		r.reads = append(r.reads, read{last, rd.Token, r.bytes(rd.Key)})
	}
	for _, h := range e.Handshakes {
		r.w.toServer(h.Link, e.Bytes[h.Bytes.From:h.Bytes.To])
		if h.Close {
			r.closed(h.Link)
		}
	}
	for i := range e.Lanes {
		l := &e.Lanes[i]
		if len(l.Buf) > 0 {
			r.w.toServer(l.Link, l.Buf)
		}
		for _, f := range l.Large {
			r.w.largeToServer(l.Link, large{bytes.Clone(l.Heads[f.Head.From:f.Head.To]), f.Value})
		}
		for _, ticket := range l.Withdrawn {
			r.withdraw(l.Link, ticket)
		}
	}
	for _, rp := range e.Replies {
		body := e.Bytes[rp.Bytes.From:rp.Bytes.To]
		if rp.Value != nil {
			body = rp.Value
			r.queue = append(r.queue, coord.Input{Kind: coord.InFreed, N: int64(len(body))})
		}
		if r.OnReply != nil {
			r.OnReply(rp, body)
		}
	}
	for _, c := range e.Closes {
		r.w.Printf("router closes link of server %s: %s", r.w.linkName(c.Link), c.Reason)
		r.closed(c.Link)
	}
}

func (r *Router) bytes(b coord.Range) string { return string(r.effects.JournalBytes[b.From:b.To]) }

// Sync makes the journal durable, answers reads and hands queued inputs to the core.
func (r *Router) Sync() bool {
	if r.core == nil {
		return false
	}
	if q := r.queue; len(q) > 0 {
		r.queue = nil
		r.Step(q...)
		return true
	}
	if r.HoldSync {
		return false
	}
	if len(r.pending) > 0 {
		r.commit(len(r.pending))
		return true
	}
	if len(r.reads) > 0 {
		rd := r.reads[0]
		r.reads = r.reads[1:]
		v, found := r.rows[rd.key]
		r.Step(coord.Input{Kind: coord.InJournalRow, Token: rd.token, Found: found, Bytes: v})
		return true
	}
	return false
}

// CommitSteps makes the operations of the first n pending steps durable and reports it.
func (r *Router) CommitSteps(n int) {
	for i := range r.pending {
		if !r.pending[i].last {
			continue
		}
		if n--; n == 0 {
			r.commit(i + 1)
			return
		}
	}
}

// commit makes the first n pending operations durable and reports it.
func (r *Router) commit(n int) {
	for _, op := range r.pending[:n] {
		r.keep(op)
	}
	seq := r.pending[n-1].seq
	r.pending = append([]row(nil), r.pending[n:]...)
	r.Step(coord.Input{Kind: coord.InJournalSynced, Seq: seq})
}

// keep makes one operation durable.
func (r *Router) keep(op row) {
	switch {
	case op.delete && op.end != "":
		for k := range r.rows {
			if k >= op.key && k < op.end {
				delete(r.rows, k)
			}
		}
	case op.delete:
		delete(r.rows, op.key)
	default:
		r.rows[op.key] = op.value
	}
}

// journalOp traces what the journal is told of entries and buffered records.
func (w *World) journalOp(op *row) {
	key := []byte(op.key)
	switch {
	case op.end != "" && op.key[0] == 'e':
		w.Printf("  journal: drop the entries of a partition")
	case op.end != "":
	case op.key[0] == 'e' && op.delete:
		w.Printf("  journal: drop entry %s", key[13:])
	case op.key[0] == 'e':
		h := kv.DecodeHead(op.value)
		w.Printf("  journal: entry %s %s owed %s", key[13:], w.Head(h),
			w.copies(kv.Hash(binary.BigEndian.Uint64(key[5:])).Partition(), op.value[kv.HeadSize]))
	case op.key[0] == 'v' && !op.delete:
		w.Printf("  journal: record %s = %s", key[13:], short(op.value))
	case op.key[0] == 'v':
		w.Printf("  journal: drop record %s", key[13:])
	case op.key[0] == 'f':
		w.Printf("  journal: flush db %d below %s", key[2], w.version(kv.DecodeVersion(op.value)))
	case op.key[0] == 's' && !op.delete:
		w.Printf("  journal: suspect interval")
	}
}

// copies names the servers of a set of copies.
func (w *World) copies(p kv.Partition, set byte) string {
	var names []string
	for i := range w.Geometry.Copies() {
		if set>>i&1 == 1 {
			names = append(names, string('0'+rune(w.Geometry.Server(p, i))))
		}
	}
	return "[" + strings.Join(names, " ") + "]"
}
