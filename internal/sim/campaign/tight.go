package campaign

import "github.com/distributedstorage/ds/internal/coord"

// tightJournal fills the disk under the journal for a while, up to what is kept free for what must be written: entries that a server holds shrink.
func (r *run) tightJournal(s *Step) {
	rt := r.w.Router
	if rt.Failed() || !rt.Up() {
		return
	}
	r.hold(len(r.w.Servers), s.Millis)
	r.setTight(true)
	r.saw(stateJournalTight)
}

// setTight tells the router, and those that start meanwhile, how full the disk under the journal is.
func (r *run) setTight(tight bool) {
	if r.w.Config.JournalTight == tight {
		return
	}
	r.w.Config.JournalTight = tight
	if r.w.Router.Core() != nil {
		r.w.Router.Step(coord.Input{Kind: coord.InJournalTight, Found: tight})
	}
}
