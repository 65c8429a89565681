package router

import (
	"time"

	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/coord"
)

// roomEvery is how often the room on the journal's disk is looked at.
const roomEvery = time.Second

// watchRoom tells the core when the journal's disk is about full, and when it has room again.
func (r *Router) watchRoom() {
	defer r.running.Done()
	ticker := time.NewTicker(roomEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.checkRoom()
		case <-r.stopping:
			return
		}
	}
}

func (r *Router) checkRoom() {
	r.mu.Lock()
	j, was, broken := r.mu.journal, r.mu.tight, r.mu.broken != nil
	r.mu.Unlock()
	if broken {
		return
	}
	tight := j.CheckRoom()
	if tight == was {
		return
	}
	r.stepFrom(j, []coord.Input{{Kind: coord.InJournalTight, Found: tight}})
	r.mu.Lock()
	r.mu.tight = tight
	r.mu.Unlock()
	r.log.Warn("the room on the journal's disk has changed", zap.Bool("tight", tight))
}
