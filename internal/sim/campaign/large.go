package campaign

import (
	"bytes"
	"slices"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/sim"
	"github.com/distributedstorage/ds/internal/sim/oracle"
	"github.com/distributedstorage/ds/internal/wire"
)

// largeOneIn is in how many runs values are so large that they travel in several chunks: to copy and compare them takes long.
const largeOneIn = 20

// drawLarge gives some runs values of several chunks, and limits that so few of them fill.
func (p *Params) drawLarge() {
	rng := p.stream(0x1a49e)
	if rng.IntN(largeOneIn) > 0 {
		return
	}
	const chunk = wire.ChunkSize
	p.ValueBytes = pick(rng, []int{0, 0, 0, chunk + 5000}, []int{0, 20, 0, wire.LargeValue + 1, 3 * chunk}, []int{0, 0, chunk, chunk + chunk/2})
	c := &p.Config
	c.MaxValue = pick[int64](rng, 3*chunk, 4<<20)
	c.LargeBytes = pick[int64](rng, 1, chunk, 5*chunk)
	c.LaneBytes = pick[int64](rng, 3*chunk, 64<<20)
	c.BufferCap = pick[int64](rng, 2*chunk, 256<<20)
	p.Steps = min(p.Steps, 120)
	p.Weights[network] *= 3
}

// cutLarge has a client send a value of several chunks, and cuts a link of its key when some of them have arrived. In runs without such
// values it does nothing.
func (r *run) cutLarge(s *Step) {
	k, size := &r.p.Keys[s.Key], slices.Max(r.p.ValueBytes)
	if k.Class != register || size <= wire.ChunkSize || int64(size) > r.p.Config.MaxValue {
		return
	}
	srv := r.w.Servers[r.w.Geometry.Server(k.part(), int(s.Roll)%r.w.Geometry.Copies())]
	r.w.Settle()
	w := sim.Weather{PerTick: 20_000 + int(s.Roll>>8%20_000), Until: r.now() + 200}
	srv.SetWeather(w, w)
	value := append(pipelined(s, 0), bytes.Repeat([]byte{'~'}, size-20)...)
	r.ask(&oracle.Call{Client: int(s.Roll) % r.p.Clients, Key: s.Key, In: coord.Input{Op: coord.OpSet, DB: k.DB, Key: k.Name, Value: value}})
	r.pass(int64(s.Amount) * 20)
	srv.HangUp()
	srv.SetWeather(sim.Weather{}, sim.Weather{})
	r.ails(int(srv.Number()))
}

// countLarge counts what became of large values on their way.
func (r *run) countLarge() {
	t := &r.w.Transfers
	r.out.Seen[stateChunked] += uint32(t.Chunked)
	r.out.Seen[stateCutOff] += uint32(t.CutOff)
	r.out.Seen[stateWithdrawn] += uint32(t.Withdrawn)
}

// crowdedRoom sees that there is no room for a large value.
func (r *run) crowdedRoom() {
	if c := r.w.Router.Core(); c != nil && c.AwaitRoom() > 0 {
		r.saw(stateRoomFull)
	}
}
