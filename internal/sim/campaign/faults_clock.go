package campaign

// The steps of a clock, in milliseconds.
const (
	hour = 3_600_000
	year = 365 * 24 * hour
)

// clockFaults move the wall clock. It is the router's; servers have no use for one.
var clockFaults = []mishap{
	{"steps", []row{rowClocks}, 6, func(r *run, s *Step) {
		r.w.JumpWall([]int64{-hour, -1000, -50, 50, 700, 5000}[s.Roll%6])
	}},
	{"is hours or years off", []row{rowClocks}, 2, func(r *run, s *Step) {
		r.w.JumpWall([]int64{-10 * year, -5 * hour, 7 * hour, year}[s.Roll%4])
	}},
	{"strobes", []row{rowClocks}, 1, func(r *run, s *Step) {
		for range 4 {
			r.w.JumpWall(hour)
			r.w.Settle()
			r.w.JumpWall(-hour)
			r.w.Settle()
		}
	}},
	{"jumps while the router is down", []row{rowClocks}, 3, func(r *run, s *Step) {
		if r.w.Router.Core() == nil {
			return
		}
		r.killRouter(s.Amount - 1)
		r.w.JumpWall([]int64{-2 * year, -hour, -2000, hour, 3 * year}[s.Roll%5])
		r.must(r.w.Router.Start())
	}},
}
