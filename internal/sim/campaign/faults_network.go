package campaign

import "github.com/distributedstorage/ds/internal/sim"

// networkFaults happen to the link of a server.
var networkFaults = []mishap{
	{"breaks", []row{rowPartition}, 2, func(r *run, s *Step) { r.w.Servers[s.Server].HangUp() }},
	{"is reset in the middle of a reply", []row{rowSlow}, 2, func(r *run, s *Step) {
		srv := r.w.Servers[s.Server]
		srv.DeliverSome(s.Amount)
		srv.HangUp()
	}},
	{"is unplugged", []row{rowPartition}, 2, func(r *run, s *Step) {
		srv := r.holdServer(s)
		srv.Unplugged = true
		srv.HangUp()
	}},
	{"carries nothing to the server", []row{rowPartition}, 3, func(r *run, s *Step) { r.holdServer(s).HoldIn = true }},
	{"carries nothing to the router", []row{rowPartition}, 3, func(r *run, s *Step) { r.holdServer(s).HoldOut = true }},
	{"is clogged both ways", []row{rowPartition}, 2, func(r *run, s *Step) {
		srv := r.holdServer(s)
		srv.HoldIn, srv.HoldOut = true, true
	}},
	{"is clogged for minutes", []row{rowFrames}, 1, func(r *run, s *Step) {
		srv := r.w.Servers[s.Server]
		r.hold(s.Server, 60*s.Millis)
		r.ails(s.Server)
		srv.HoldIn = true
	}},
	{"flaps", []row{rowPartition}, 2, func(r *run, s *Step) { r.flaps[s.Server] = r.now() + s.Millis }},
	{"is far away", []row{rowSlow}, 2, func(r *run, s *Step) {
		r.weather(s, sim.Weather{Delay: int64(5 + s.Roll%300), Jitter: int64(s.Roll >> 10 % 100)})
	}},
	{"carries a few KB/s", []row{rowSlow}, 2, func(r *run, s *Step) { r.weather(s, sim.Weather{PerTick: int(20 + s.Roll%100)}) }},
	{"carries a few MB/s", []row{rowSlow}, 4, func(r *run, s *Step) { r.weather(s, sim.Weather{PerTick: int(20_000 + s.Roll%100_000)}) }},
	{"carries no large values", []row{rowSlow}, 4, func(r *run, s *Step) { r.holdServer(s).HoldLarge = true }},
	{"is cut while it carries a large value", []row{rowSlow}, 3, func(r *run, s *Step) { r.cutLarge(s) }},
	{"loses frames", []row{rowFrames}, 2, func(r *run, s *Step) { r.weather(s, sim.Weather{Lost: share(s)}) }},
	{"repeats frames", []row{rowFrames}, 2, func(r *run, s *Step) { r.weather(s, sim.Weather{Doubled: share(s)}) }},
	{"swaps frames", []row{rowFrames}, 2, func(r *run, s *Step) { r.weather(s, sim.Weather{Delay: 20, Swapped: share(s)}) }},
	{"flips bits", []row{rowFrames}, 2, func(r *run, s *Step) { r.weather(s, sim.Weather{Damaged: share(s)}) }},
}

// share is per mille of the frames.
func share(s *Step) int { return []int{20, 100, 500}[s.Roll%3] }

// weather changes what happens on the link of a server, one way or both.
func (r *run) weather(s *Step, w sim.Weather) {
	w.Until, w.Sequence = r.now()+s.Millis, uint64(s.Roll)
	r.ails(s.Server)
	in, out := w, w
	out.Sequence++
	switch s.Amount {
	case 1:
		in = sim.Weather{}
	case 2:
		out = sim.Weather{}
	}
	r.w.Servers[s.Server].SetWeather(in, out)
}

// flap plugs links that flap in and out.
func (r *run) flap() {
	for n, until := range r.flaps {
		if until == 0 {
			continue
		}
		srv := r.w.Servers[n]
		srv.Unplugged = r.now() < until && r.now()/100%2 == 0
		if srv.Unplugged {
			srv.HangUp()
		}
		if r.now() >= until {
			r.flaps[n] = 0
		}
		r.ails(n)
	}
}
