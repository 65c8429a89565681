package campaign

import "math/rand/v2"

// drawRouters draws what becomes of routers and their volumes. It has numbers of its own: the rest of a seed's run does not
// depend on it.
func (p *Params) drawRouters() {
	rng := rand.New(rand.NewPCG(p.Seed, 0x70))
	p.Volumes = rng.IntN(3) == 0
	p.AdoptStays = p.Volumes && rng.IntN(4) == 0
}
