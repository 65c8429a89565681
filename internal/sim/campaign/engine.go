package campaign

import (
	"github.com/distributedstorage/ds/internal/sim/disk"
)

// What the servers' volumes are, and the router's.
const (
	engineModel   = "model"
	engineDurable = "durable"
)

// durableOneIn is in how many runs the servers keep their data in the durable engine: a run takes two or three times as long then.
const durableOneIn = 28

// journalOneIn is in how many runs the router has a real journal.
const journalOneIn = 48

// drawEngine draws what the volumes are.
func (p *Params) drawEngine() {
	p.Engine, p.Journal = engineModel, engineModel
	if p.stream(0xd15c).IntN(durableOneIn) == 0 {
		p.Engine = engineDurable
	}
	if p.stream(0x10a7).IntN(journalOneIn) == 0 {
		p.Journal = engineDurable
	}
}

// useEngine gives the servers and the router their volumes.
func (r *run) useEngine() {
	if r.p.Journal == engineDurable {
		r.journals.Ways = uint32(r.p.Seed)
		r.w.UseJournal(&r.journals)
	}
	if r.p.Engine == engineDurable {
		r.w.UseEngine(&r.disks)
	}
}

// closeEngine ends what the engines do beside the run, and counts what they have been through.
func (r *run) closeEngine() {
	if r.p.Engine != engineDurable {
		return
	}
	for _, s := range r.w.Servers {
		s.Disk = disk.Faults{}
		s.Kill()
	}
	d := &r.disks
	r.out.Seen[stateCompacted] += uint32(d.Compacted)
	r.out.Seen[stateCutInside] += uint32(d.CutInside)
	r.out.Seen[stateCutOpen] += uint32(d.CutOpen)
	r.out.Seen[stateTornLog] += uint32(d.Torn)
	r.out.Seen[stateRotBlock] += uint32(d.Rotted)
	r.out.Seen[stateRotHeads] += uint32(d.RotHeads)
	r.out.Seen[stateUnread] += uint32(d.Unread)
}

// closeJournal ends what the router's journals do beside the run, and counts what they have been through.
func (r *run) closeJournal() {
	d := &r.journals
	d.Close()
	for s, n := range map[state]int{
		stateJournalCut: d.Cut, stateJournalTorn: d.Torn, stateJournalReopened: d.Reopened, stateJournalCached: d.Cached, stateJournalFull: d.Full,
	} {
		r.out.Seen[s] += uint32(n)
	}
}
