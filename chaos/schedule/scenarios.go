package schedule

// scenario is a story that a plan is drawn from.
type scenario struct {
	name   string
	about  string
	demand Demand
	write  func(*builder)
}

// scenarios are all there are; the first is the default.
var scenarios = []scenario{
	{"walk", "one server, then both copies of some keys, then the router with a full table and buffer", Demand{Early: true, Buffered: true}, walk},
	{"one", "one server killed and restarted again and again", Demand{Early: true}, one},
	{"each", "each server killed in turn", Demand{Early: true}, eachInTurn},
	{"both", "both copies of some keys away, back one after the other", Demand{Early: true, Buffered: true}, both},
	{"all", "all servers away at once", Demand{Early: true, Buffered: true}, all},
	{"router", "the router killed with a non-empty table and buffer", Demand{Early: true, Buffered: true}, routerFull},
	{"together", "the router and servers killed at once", Demand{Early: true}, together},
	{"pause", "servers paused, for less and for more than every timeout", Demand{Early: true}, pauses},
}

// Names lists the scenarios, the default first.
func Names() []string {
	var names []string
	for _, s := range scenarios {
		names = append(names, s.name)
	}
	return names
}

// About says what a scenario does.
func About(name string) string {
	for _, s := range scenarios {
		if s.name == name {
			return s.about
		}
	}
	return ""
}

func walk(b *builder) {
	b.killOne(Server(b.any()))
	b.wait(2)
	both(b)
	b.wait(2)
	routerFull(b)
}

func one(b *builder) {
	victim := Server(b.any())
	for range 4 {
		b.killOne(victim)
		b.wait(1)
	}
}

func eachInTurn(b *builder) {
	for i := range b.servers {
		b.killOne(Server(i))
		b.wait(1)
	}
}

// killOne kills a server while it is written to, and starts it again.
func (b *builder) killOne(target string) {
	b.phase = target + " away"
	b.kill(target)
	b.wait(3)
	b.phase = target + " returns"
	b.heal(target)
}

func both(b *builder) {
	first, second := b.neighbours()
	b.phase = first + " and " + second + " away"
	b.kill(first)
	b.wait(1)
	b.kill(second)
	b.wait(2)
	if b.rng.IntN(2) == 0 {
		first, second = second, first
	}
	b.phase = first + " returns, " + second + " away"
	b.heal(first)
	b.wait(2)
	b.phase = second + " returns"
	b.heal(second)
}

func all(b *builder) {
	order := b.rng.Perm(b.servers)
	b.phase = "all servers away"
	for _, i := range order {
		b.kill(Server(i))
	}
	b.wait(2)
	for _, i := range b.rng.Perm(b.servers) {
		b.phase = Server(i) + " returns"
		b.heal(Server(i))
		b.wait(1)
	}
}

func routerFull(b *builder) {
	first, second := b.neighbours()
	b.phase = first + " and " + second + " away"
	b.kill(first)
	b.wait(1)
	b.kill(second)
	b.wait(2)
	b.phase = "router killed, its table and buffer full"
	b.kill(router)
	b.wait(0.5)
	b.phase = "router back, " + first + " and " + second + " away"
	b.heal(router)
	b.wait(1.5)
	b.phase = second + " returns"
	b.heal(second)
	b.wait(1)
	b.phase = first + " returns"
	b.heal(first)
}

func together(b *builder) {
	victim := Server(b.any())
	b.killOne(victim)
	b.wait(1)
	b.phase = "router and " + victim + " killed at once"
	b.kill(router, victim)
	b.wait(1)
	b.phase = "router back before " + victim
	b.heal(router)
	b.wait(2)
	b.heal(victim)
	b.wait(1)
	b.phase = "everything killed at once"
	b.kill(router)
	for i := range b.servers {
		b.kill(Server(i))
	}
	b.wait(0.5)
	b.healAll()
	b.wait(1)
}

// pauses are given in units: a short one is below the deadline or the silence that makes a server away, in a run of the usual length.
func pauses(b *builder) {
	for _, units := range []float64{0.03, 0.15, 3} {
		victim := Server(b.any())
		b.phase = victim + " paused"
		b.pause(victim)
		b.wait(units)
		b.phase = victim + " resumed"
		b.heal(victim)
		b.wait(1)
	}
}
