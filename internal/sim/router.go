package sim

import (
	"bytes"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim/rowdisk"
)

// Router drives a core as internal/router does, with a journal that forgets what was not synced.
type Router struct {
	w        *World
	core     *coord.Core // nil = down
	effects  coord.Effects
	volume   rowdisk.Volume
	steps    []rowdisk.Step   // what the journal was given and has not synced
	answers  []rowdisk.Answer // rows for the core
	doubtful []rowdisk.Step   // what the journal was given before it failed
	HoldSync bool
	failed   bool // the journal; see Fail
	volumes  byte // which volume it has: each has ids of its own
	queue    []coord.Input
	ghosts   []coord.LinkID // of servers that went without a word
	left     coord.Legacy   // by the core whose journal failed
	// OnReply is called for each reply, with its bytes.
	OnReply func(r coord.Reply, b []byte)
}

// Start boots the router on what its journal holds.
func (r *Router) Start() error {
	epoch, err := r.volume.Open()
	if err != nil {
		return err
	}
	r.w.starts++
	cfg := r.w.Config
	cfg.Epoch = epoch
	cfg.Cluster[1], cfg.Journal[1] = r.volumes, r.volumes
	cfg.Fresh = kv.ID{0x1f, r.volumes, byte(epoch), r.w.starts}
	r.core = coord.New(cfg)
	if err := r.volume.Load(r.core.Restore); err != nil {
		return err
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
	r.volume.Stop(r.steps)
	r.HoldSync = false
	r.lose()
}

// Kill ends the router as kill -9 with a power loss does: nothing that was not synced is there.
func (r *Router) Kill() { r.Cut(0) }

// Cut ends the router as a power loss does. Of what its journal was given and had not synced, so many fourths have reached the disk.
func (r *Router) Cut(fourths int) {
	r.core = nil
	r.volume.Cut(r.steps, fourths)
	r.lose()
}

// lose forgets what is not on the disk, and hangs up.
func (r *Router) lose() {
	r.steps, r.answers, r.doubtful, r.failed = nil, nil, nil, false
	r.queue, r.ghosts = nil, nil
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

// Fail makes the journal fail while it has the first n pending steps under way: they may be on the disk, nobody is told.
func (r *Router) Fail(n int) {
	n, _ = r.first(n)
	under := r.steps[:n]
	r.volume.Fail(under)
	r.steps, r.answers, r.doubtful, r.failed = nil, nil, under, true
	r.Step(coord.Input{Kind: coord.InJournalFailed})
}

// Reopen lets another core take over, on what the journal is found to hold.
func (r *Router) Reopen() error {
	r.effects.Reset()
	r.left.Asked = r.core.Retire(r.w.now, &r.effects).Asked // clients have taken all that they were given
	r.carryOut()
	r.core = nil
	r.lose()
	err := r.Start()
	r.left = coord.Legacy{}
	return err
}

// Lose replaces the volume by an empty one. The router is down.
func (r *Router) Lose() {
	r.volume = r.volume.Empty()
	r.w.lost++
	r.volumes = r.w.lost
}

// Snapshot copies the volume; the returned call puts the copy into a router that is down.
func (r *Router) Snapshot() (restore func(*Router)) {
	volume, volumes := r.volume.Snapshot(), r.volumes
	return func(to *Router) { to.volume, to.volumes = volume.Snapshot(), volumes }
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
	r.journal()
	for _, h := range e.Handshakes {
		r.w.toServer(h.Link, e.Bytes[h.Bytes.From:h.Bytes.To])
		if h.Close {
			r.closed(h.Link)
		}
	}
	for i := range e.Lanes {
		l := &e.Lanes[i]
		if r.w.OnCompared != nil && compares(l.Buf) {
			r.w.OnCompared(r.core, ring.Server(i))
		}
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
