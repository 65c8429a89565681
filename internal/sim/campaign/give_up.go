package campaign

import "math/bits"

// giveUp chooses a server whose volume goes with the router's, if others know enough: whoever adopts gives it up.
func (r *run) giveUp(s *Step) {
	n := int(s.Roll>>22) % len(r.w.Servers)
	if s.Roll>>26%3 > 0 || !r.w.Servers[n].Alive() {
		return
	}
	if r.volume.givenUp = 1 << n; !r.witnessed() {
		r.volume.givenUp = 0
		return
	}
	r.w.Servers[n].Persist() // what is lost with it is told by its disk
}

// destroyGivenUp ends the server that is given up, with all that it held and every backup of it. It comes back empty.
func (r *run) destroyGivenUp() {
	if r.volume.givenUp == 0 {
		return
	}
	n := bits.TrailingZeros64(r.volume.givenUp)
	srv := r.w.Servers[n]
	srv.Kill()
	r.wipe(n)
	r.notef("server %d is lost, and will be given up", n)
}
