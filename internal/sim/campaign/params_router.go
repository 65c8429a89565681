package campaign

import (
	"github.com/distributedstorage/ds/internal/wire"
)

// drawRouters draws what becomes of routers and their volumes.
func (p *Params) drawRouters() {
	rng := p.stream(0x70)
	p.Volumes = rng.IntN(3) == 0
	if n := rng.IntN(9); n < 3 {
		p.Config.Durability = []wire.Durability{wire.DurabilityNone, wire.DurabilityInterval, wire.DurabilityAlways}[n]
		p.Rotates = n == 2
		p.Config.SyncMillis = pick[int64](rng, 40, 200, 1000)
	}
	p.AdoptStays = p.Volumes && rng.IntN(4) == 0
}
