package campaign

// networkFaults happen to the link of a server.
var networkFaults = []mishap{
	{"its link breaks", []row{rowPartition}, 1, func(r *run, s *Step) { r.w.Servers[s.Server].HangUp() }},
	{"unplugged", []row{rowPartition}, 1, func(r *run, s *Step) {
		srv := r.holdServer(s)
		srv.Unplugged = true
		srv.HangUp()
	}},
	{"cut off from the router", []row{rowPartition}, 2, func(r *run, s *Step) { r.holdServer(s).HoldIn = true }},
	{"not heard by the router", []row{rowPartition}, 2, func(r *run, s *Step) { r.holdServer(s).HoldOut = true }},
}

// clockFaults move clocks.
var clockFaults = []mishap{
	{"steps", []row{rowClocks}, 6, func(r *run, s *Step) {
		r.w.JumpWall([]int64{-3_600_000, -1000, -50, 50, 700, 5000}[s.Roll%6])
	}},
}
