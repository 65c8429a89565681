package router

import (
	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/journal"
)

// journalReport gives the core what became of its journal operations. The journal calls it from one
// goroutine, but for a failure, which may come beside.
func (r *Router) journalReport(report *journal.Report) {
	if report.Err != nil {
		r.step([]coord.Input{{Kind: coord.InJournalFailed}})
		r.fail(report.Err)
		return
	}
	batch := r.journalBatch[:0]
	if report.Synced != 0 {
		batch = append(batch, coord.Input{Kind: coord.InJournalSynced, Seq: report.Synced})
	}
	for i := range report.Rows {
		row := &report.Rows[i]
		batch = append(batch, coord.Input{Kind: coord.InJournalRow, Token: row.Token, Found: row.Found, Bytes: row.Value})
	}
	r.step(batch)
	clear(batch)
	r.journalBatch = batch
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
