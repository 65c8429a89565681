package router

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/journal"
)

const (
	// mendFirst is the pause after the first attempt to open a failed journal again; it doubles up to mendMost.
	mendFirst = 50 * time.Millisecond
	mendMost  = 5 * time.Second
)

// journalFailed lets the core serve what needs no journal, and has the journal opened again beside it. A router
// that never served ends: its start is the one to tell.
func (r *Router) journalFailed(j *journal.Journal, err error) {
	r.stepFrom(j, []coord.Input{{Kind: coord.InJournalFailed}})
	r.mu.Lock()
	served := r.mu.serving
	mends := served && r.mu.started && !r.mu.stopped && r.mu.journal == j
	if mends {
		r.mu.broken = err
		r.mending.Add(1)
	}
	r.mu.Unlock()
	switch {
	case mends:
		r.log.Error("the journal failed: writes are refused until it is open again", zap.Error(err))
		go r.mend(j)
	case !served:
		r.fail(err)
	}
}

// mend opens the journal again, however often that takes, and lets a new core take over.
func (r *Router) mend(failed *journal.Journal) {
	defer r.mending.Done()
	began, told := time.Now(), ""
	for delay := mendFirst; ; delay = min(2*delay, mendMost) {
		core, next, err := r.reopen(failed)
		if err == nil {
			r.takeOver(core, next)
			r.log.Info("the journal is open again", zap.Duration("after", time.Since(began)))
			return
		}
		if errors.Is(err, journal.ErrSpent) {
			r.fail(err)
			return
		}
		failed = next
		if text := err.Error(); text != told {
			told = text
			r.log.Warn("the journal can't be opened again yet", zap.Error(err))
		}
		r.setBroken(err)
		select {
		case <-r.stopping:
			return
		case <-time.After(delay):
		}
	}
}

// reopen gives the journal opened again, with a core that knows its rows; or the one that failed last.
func (r *Router) reopen(failed *journal.Journal) (core, *journal.Journal, error) {
	j, err := failed.Reopen()
	if err != nil {
		return nil, failed, err
	}
	core, err := r.restored(j)
	if err != nil {
		j.SetAside(err)
		return nil, j, err
	}
	return core, j, nil
}

// takeOver replaces the core, whose journal failed, by one that begins from what the journal was found to hold, as
// after a restart: servers make new sessions, and clients keep their connections.
func (r *Router) takeOver(next core, j *journal.Journal) {
	replies, start := turns.Get().(*turn), turns.Get().(*turn)
	r.mu.Lock()
	if !r.mu.started || r.mu.stopped { // turned off, or abandoned, meanwhile
		r.mu.journal = j // to be closed
		r.mu.Unlock()
		return
	}
	r.mu.effects.Reset()
	next.Inherit(r.mu.core.Retire(r.now(), &r.mu.effects))
	r.carryOutLocked(replies)
	for _, l := range r.mu.links {
		replies.ending = append(replies.ending, ending{link: l, reason: "the router begins anew from its journal"})
	}
	r.mu.core, r.mu.journal, r.mu.tight, r.mu.broken = next, j, j.Tight(), nil
	r.mu.effects.Reset()
	next.Start(r.now(), &r.mu.effects)
	r.carryOutLocked(start)
	r.mu.Unlock()
	r.startJournal(j)
	r.finish(replies)
	r.finish(start)
}

// awaitMender waits for the end of mend, unless the disk hangs.
func (r *Router) awaitMender() bool {
	ended := make(chan struct{})
	go func() { r.mending.Wait(); close(ended) }()
	select {
	case <-ended:
		return true
	case <-time.After(drainTimeout):
		return false
	}
}

func (r *Router) setBroken(err error) {
	r.mu.Lock()
	r.mu.broken = err
	r.mu.Unlock()
}

// broken is why the journal takes nothing, with what is to be done; nil while it works.
func (r *Router) broken() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.broken == nil {
		return nil
	}
	return fmt.Errorf("the journal failed and is opened again as soon as its disk allows; reads that need none are served, writes are answered BUSY: %w", r.mu.broken)
}

// fail ends the router: it can no longer promise anything. The process is to end too, so that
// a restart finds out what is really on the disk.
func (r *Router) fail(err error) {
	r.failOnce.Do(func() {
		r.log.Error("the router ends", zap.Error(err))
		r.failure = err
		close(r.failed)
	})
}
