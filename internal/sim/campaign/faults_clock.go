package campaign

import (
	"fmt"
	"math"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim/disk"
	"github.com/distributedstorage/ds/internal/sim/oracle"
	"github.com/distributedstorage/ds/internal/wire"
)

// The steps of a clock, in milliseconds.
const (
	hour = 3_600_000
	year = 365 * 24 * hour
)

// clockFaults move the wall clock. It is the router's; servers have no use for one.
var clockFaults = []mishap{
	{"steps", []row{rowClocks}, 6, func(r *run, s *Step) {
		r.jump([]int64{-hour, -1000, -50, 50, 700, 5000}[s.Roll%6])
	}},
	{"is hours or years off", []row{rowClocks}, 2, func(r *run, s *Step) {
		r.jump([]int64{-10 * year, -5 * hour, 7 * hour, year}[s.Roll%4])
	}},
	{"strobes", []row{rowClocks}, 1, func(r *run, s *Step) {
		for range 4 {
			r.jump(hour)
			r.w.Settle()
			r.jump(-hour)
			r.w.Settle()
		}
	}},
	{"jumps while the router is down", []row{rowClocks}, 3, func(r *run, s *Step) {
		if r.w.Router.Core() == nil || !r.mayEnd() {
			return
		}
		r.killRouter(s.Amount-1, int(s.Roll>>22%5))
		r.jump([]int64{-2 * year, -hour, -2000, hour, 3 * year}[s.Roll%5])
		r.startRouter()
	}},
}

// jump moves the wall clock. While the journal is lost, and with it what was answered as expired, a step back would be a second fault.
func (r *run) jump(millis int64) {
	if millis > 0 || !r.volume.adopting {
		r.w.JumpWall(millis)
	}
}

// foreign puts a record of another router into a server's volume: a write of unknown outcome, of which nobody but this
// server knows, with a version that may be ahead of the clock. It raises the apply sequence, by which alone a router notices what a volume has lost: until
// it has met the volume, no such record comes.
func (r *run) foreign(s *Step) {
	k := &r.p.Keys[s.Key]
	if r.losses.torn[s.Server] || k.Class != register || r.w.Servers[s.Server].Disk != (disk.Faults{}) || r.w.Geometry.Copy(k.part(), ring.Server(s.Server)) < 0 {
		return
	}
	value := fmt.Appendf(nil, "f%d.", s.Roll)
	head := kv.Head{
		Version: kv.Version{Time: uint64(r.w.Now().Wall+int64(s.Roll%20_000)-5000) << 16, Router: 60_009}, Kind: kv.Live,
		Length: uint32(len(value)), Checksum: kv.Checksum(kv.Live, 0, value),
	}
	outcome := make([]replica.Outcome, 1)
	_, err := r.w.Servers[s.Server].Store().Apply([]replica.Write{{DB: k.DB, Key: k.Name, Head: head, Value: value}}, outcome)
	r.must(err)
	if r.relaxed() { // the router that wrote it would have noticed its loss, this one was never told of it
		r.w.Servers[s.Server].Persist()
	}
	if outcome[0].Code == wire.Applied {
		r.clock++
		c := &oracle.Call{Key: s.Key, Began: r.clock, Ended: math.MaxInt64, High: math.MaxInt64, Unknown: true}
		c.In = coord.Input{Op: coord.OpSet, DB: k.DB, Key: k.Name, Value: value}
		r.history.Calls = append(r.history.Calls, c)
		r.saw(stateForeign)
	}
}
