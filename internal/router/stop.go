package router

import (
	"context"
	"errors"

	"go.uber.org/zap"
)

// TurnOff ends the router in the reverse order of Start. Clients have drainTimeout to get the answers
// they wait for; after a failure none can come. It may be called again, and after a failed Start.
func (r *Router) TurnOff() {
	r.stopOnce.Do(r.turnOff)
}

func (r *Router) turnOff() {
	// Clients first, while servers, journal and ticks still answer them.
	if port := r.clients.Load(); port != nil {
		ctx, cancel := r.patience()
		port.TurnOff(ctx)
		cancel()
	}
	r.mu.Lock()
	opened := r.mu.journal != nil
	r.mu.Unlock()
	if !opened {
		return
	}
	// No new server, no tick.
	close(r.stopping)
	if r.listener != nil {
		r.listener.Close()
	}
	// The core says its last word and is stepped no more.
	r.stopCore()
	// Servers see the close as the goodbye; their readers end.
	r.closeLinks()
	r.running.Wait()
	if !r.awaitMender() {
		r.log.Error("the journal is left as it is: its disk hangs")
		return
	}
	// The last word reaches the disk.
	r.mu.Lock()
	last := r.mu.journal
	r.mu.Unlock()
	if err := last.Close(); err != nil {
		r.log.Error("closing the journal", zap.Error(err))
	}
	r.log.Info("router is off")
}

func (r *Router) patience() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	select {
	case <-r.failed:
		cancel()
	default:
	}
	return ctx, cancel
}

func (r *Router) stopCore() {
	t := turns.Get().(*turn)
	r.mu.Lock()
	if r.mu.started {
		r.mu.effects.Reset()
		r.mu.core.Stop(r.now(), &r.mu.effects)
		r.carryOutLocked(t)
	}
	r.mu.stopped = true
	r.mu.Unlock()
	r.finish(t)
}

func (r *Router) closeLinks() {
	r.mu.Lock()
	links := make([]*serverLink, 0, len(r.mu.links))
	for _, l := range r.mu.links {
		links = append(links, l)
	}
	r.mu.Unlock()
	for _, l := range links {
		l.out.Finish(farewellTimeout)
	}
}

// errAbandoned is why an abandoned router answers nobody.
var errAbandoned = errors.New("the router was abandoned")

// Abandon makes the router say nothing more to anybody, as if its process had been killed; what it holds is
// given back by TurnOff, which must follow. Tests use it, with a disk that forgets what is written since.
func (r *Router) Abandon() {
	r.fail(errAbandoned)
	r.mu.Lock()
	r.mu.started = false
	r.mu.Unlock()
}
