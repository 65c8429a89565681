package router

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/journal"
)

// reporter gives the core what became of its journal operations. The journal calls it from one goroutine, but for
// a failure, which may come beside.
type reporter struct {
	r       *Router
	journal *journal.Journal
	batch   []coord.Input
}

// startJournal lets the journal write.
func (r *Router) startJournal(j *journal.Journal) {
	p := &reporter{r: r, journal: j}
	j.Start(p.report)
}

func (p *reporter) report(report *journal.Report) {
	if report.Err != nil {
		p.r.journalFailed(p.journal, report.Err)
		return
	}
	batch := p.batch[:0]
	if report.Synced != 0 {
		p.r.metrics.syncs.Inc()
		batch = append(batch, coord.Input{Kind: coord.InJournalSynced, Seq: report.Synced})
	}
	for i := range report.Rows {
		row := &report.Rows[i]
		batch = append(batch, coord.Input{Kind: coord.InJournalRow, Token: row.Token, Found: row.Found, Bytes: row.Value, Shared: row.Own})
	}
	p.r.stepFrom(p.journal, batch)
	clear(batch)
	p.batch = batch
}
