package campaign

import (
	"github.com/distributedstorage/ds/internal/sim/disk"
)

// What the servers' volumes are.
const (
	engineModel   = "model"
	engineDurable = "durable"
)

// durableOneIn is in how many runs the servers keep their data in the durable engine: a run takes two or three times as long then.
const durableOneIn = 32

// drawEngine draws what the servers' volumes are.
func (p *Params) drawEngine() {
	p.Engine = engineModel
	if p.stream(0xd15c).IntN(durableOneIn) == 0 {
		p.Engine = engineDurable
	}
}

// useEngine gives the servers their volumes.
func (r *run) useEngine() {
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
}
