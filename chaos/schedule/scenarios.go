package schedule

// scenario is a story that a plan is drawn from.
type scenario struct {
	name    string
	about   string
	demand  Demand
	write   func(*builder)
	proxied bool
	last    bool
}

// scenarios are all there are; the first is the default.
var scenarios = []scenario{
	{name: "mix", about: "all of it, in an order drawn from the seed, for the whole duration", write: mix,
		demand: Demand{Early: true, Buffered: true, Late: true, Wiped: true, RolledBack: true, RouterFull: true, Live: true}},
	{name: "walk", about: "one server, then both copies of some keys, then the router with a full table and buffer", write: walk,
		demand: Demand{Early: true, Buffered: true, RouterFull: true, Live: true}},
	{name: "one", about: "one server killed and restarted again and again", write: one, demand: Demand{Early: true, Live: true}},
	{name: "each", about: "each server killed in turn", write: eachInTurn, demand: Demand{Early: true, Live: true}},
	{name: "both", about: "both copies of some keys away, back one after the other", write: both, demand: Demand{Early: true, Buffered: true}},
	{name: "all", about: "all servers away at once", write: all, demand: Demand{Early: true, Buffered: true}},
	{name: "router", about: "the router killed with a non-empty table and buffer", write: routerFull,
		demand: Demand{Early: true, Buffered: true, RouterFull: true}},
	{name: "together", about: "the router and servers killed at once", write: together, demand: Demand{Early: true}},
	{name: "pause", about: "servers paused, for less and for much more than every timeout", write: pauses, demand: Demand{Early: true, Live: true}},
	{name: "partition", about: "servers cut off the network, and cut off in one direction only", write: partitions, demand: Demand{Early: true, Live: true}},
	{name: "wipe", about: "servers that come back with an empty volume", write: wipes, demand: Demand{Early: true, Wiped: true, Live: true}},
	{name: "restore", about: "servers that come back with an old volume", write: restores, demand: Demand{Early: true, RolledBack: true, Live: true}},
	{name: "silent", about: "copies that lose keys without anybody's knowing", write: silents, demand: Demand{Late: true, Live: true}},
	{name: "adopt", about: "the router's volume lost, the servers adopted by its successor", write: adopted, last: true,
		demand: Demand{Adopted: true}},
	{name: "slow", about: "the link of one server slow, narrow, reset again and again", write: slowLink, proxied: true,
		demand: Demand{Early: true, Live: true}},
	{name: "memory", about: "servers killed by the kernel for want of memory", write: memory, demand: Demand{Early: true, MemoryKilled: true, Live: true}},
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
	killOne(b, Server(b.any()))
	b.wait(2)
	both(b)
	b.wait(2)
	routerFull(b)
}

func one(b *builder) {
	victim := Server(b.any())
	for n := range 4 {
		if n == 2 {
			crashOne(b, victim)
		} else {
			killOne(b, victim)
		}
		b.wait(1)
	}
}

func eachInTurn(b *builder) {
	for _, i := range b.rng.Perm(b.servers) {
		killOne(b, Server(i))
		b.wait(1)
	}
}

func wipes(b *builder) {
	for _, i := range b.rng.Perm(b.servers)[:2] {
		wipeOne(b, Server(i))
		b.wait(2)
	}
}

func restores(b *builder) {
	for _, i := range b.rng.Perm(b.servers)[:2] {
		restoreOne(b, Server(i))
		b.wait(1)
	}
}

func silents(b *builder) {
	for _, i := range b.rng.Perm(b.servers) {
		loseSome(b, Server(i))
		b.wait(1)
	}
}

func memory(b *builder) {
	for _, i := range b.rng.Perm(b.servers)[:2] {
		starveOne(b, Server(i))
		b.wait(1)
	}
}

// mixed are the stories of the mix.
var mixed = []func(*builder){
	func(b *builder) { killOne(b, Server(b.any())) },
	func(b *builder) { crashOne(b, Server(b.any())) },
	both, all, routerFull, bothKilled,
	pauses, partitions,
	func(b *builder) { wipeOne(b, Server(b.any())) },
	func(b *builder) { restoreOne(b, Server(b.any())) },
	func(b *builder) { loseSome(b, Server(b.any())) },
}

// mix plays every story once, then more of them until the time is over, each round in an order of its own.
func mix(b *builder) {
	b.must = len(mixed)
	// A story takes 3 s at least, so that this is more than any run needs.
	rounds := 1 + int(b.duration.Seconds())/(3*len(mixed))
	for range rounds {
		for _, i := range b.rng.Perm(len(mixed)) {
			mixed[i](b)
			b.healAll()
			b.wait(1)
			b.episode()
		}
	}
}
