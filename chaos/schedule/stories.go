package schedule

import "time"

// killOne kills a server while it is written to, and starts it again.
func killOne(b *builder, target string) {
	b.phase = target + " away"
	b.kill(target)
	b.wait(3)
	b.phase = target + " returns"
	b.heal(target)
}

// crashOne kills a server's program, which is back before it is missed.
func crashOne(b *builder, target string) {
	b.phase = target + " crashes"
	b.add(Crash, target)
	b.wait(1)
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
	b.phase = "all servers away"
	for _, i := range b.rng.Perm(b.servers) {
		b.kill(Server(i))
	}
	b.wait(2)
	for _, i := range b.rng.Perm(b.servers) {
		b.phase = Server(i) + " returns"
		b.heal(Server(i))
		b.wait(0.5)
	}
}

// unseen is a little above the 2 s of silence after which a server is away.
const unseen = 2500 * time.Millisecond

func routerFull(b *builder) {
	first, second := b.neighbours()
	b.phase = first + " and " + second + " away"
	b.kill(first)
	b.wait(0.5)
	b.kill(second)
	b.wait(2)
	b.phase = "router killed, its table and buffer full"
	b.kill(Router)
	b.wait(0.5)
	b.phase = "router back, " + first + " and " + second + " away"
	b.heal(Router)
	b.wait(1.5)
	b.phase = second + " returns"
	b.heal(second)
	b.wait(1)
	b.phase = first + " returns"
	b.heal(first)
}

func together(b *builder) {
	killOne(b, Server(b.any()))
	b.wait(1)
	bothKilled(b)
	b.wait(1)
	b.phase = "everything killed at once"
	b.kill(Router)
	for i := range b.servers {
		b.kill(Server(i))
	}
	b.wait(0.5)
	b.healAll()
	b.wait(1)
}

func bothKilled(b *builder) {
	victim := Server(b.any())
	b.phase = "router and " + victim + " killed at once"
	b.kill(Router, victim)
	b.wait(1)
	b.phase = "router back before " + victim
	b.heal(Router)
	b.wait(2)
	b.heal(victim)
}

// pauses are shorter than the deadline of 500 ms, between it and the 2 s that make a server away, and much
// longer than both; the last is the router's own.
func pauses(b *builder) {
	pauseOne(b, Server(b.any()), 200*time.Millisecond)
	pauseOne(b, Server(b.any()), 1200*time.Millisecond)
	pauseOne(b, Server(b.any()), 7*time.Second)
	pauseOne(b, Router, 1200*time.Millisecond)
}

func pauseOne(b *builder, target string, d time.Duration) {
	b.phase = target + " paused for " + d.String()
	b.breaks(Pause, target)
	b.hold(d)
	b.phase = target + " resumed"
	b.heal(target)
	b.wait(1)
}

// partitions are longer than the silence that makes a server away, but for the last: the link that a
// side still believes in must survive it, or be replaced.
func partitions(b *builder) {
	cutOne(b, Cut, Server(b.any()), " cut off", unseen+2*time.Second)
	cutOne(b, Deafen, Server(b.any()), " hears nothing", unseen)
	cutOne(b, Mute, Server(b.any()), " is not heard", unseen)
	cutOne(b, Cut, Server(b.any()), " cut off for a moment", 800*time.Millisecond)
}

func cutOne(b *builder, how Action, target, phase string, d time.Duration) {
	b.phase = target + phase
	b.breaks(how, target)
	b.hold(d)
	b.phase = target + " on the network again"
	b.heal(target)
	b.wait(1)
}

// wipeOne is what operators are told: never wipe a server while another is owed something.
func wipeOne(b *builder, target string) {
	b.phase = "settling, before " + target + " is wiped"
	b.settle()
	b.phase = target + " away"
	b.kill(target)
	b.wait(1)
	b.phase = target + " wiped"
	b.add(Wipe, target)
	b.heal(target)
	b.wait(1)
	b.phase = target + " is filled again"
	b.settle()
}

// restoreOne copies a volume while its server is down, and puts the copy back when it has become old.
func restoreOne(b *builder, target string) {
	b.phase = target + "'s volume is copied"
	b.kill(target)
	b.add(Save, target)
	b.wait(0.5)
	b.phase = target + " returns"
	b.heal(target)
	b.wait(2)
	b.phase = "settling, before " + target + " goes back in time"
	b.settle()
	b.phase = target + " has its old volume"
	b.kill(target)
	b.add(Restore, target)
	b.wait(0.5)
	b.heal(target)
	b.wait(1)
	b.phase = target + " is brought up to date"
	b.settle()
}

// loseSome settles first: what is lost must be on the other copy.
func loseSome(b *builder, target string) {
	b.phase = "settling, before " + target + " loses keys"
	b.settle()
	b.phase = target + " loses keys"
	b.kill(target)
	b.add(Lose, target)
	b.heal(target)
	b.wait(1)
	b.phase = target + " is mended"
	b.settle()
}

func starveOne(b *builder, target string) {
	b.phase = target + " starved of memory"
	b.breaks(Starve, target)
	b.wait(2)
	b.phase = target + " has its memory again"
	b.heal(target)
}

func slowLink(b *builder) {
	target := Server(ProxiedServer)
	for _, kind := range []struct {
		how   Action
		phase string
	}{{Delay, " far away"}, {Narrow, " behind a narrow link"}, {Reset, " reset again and again"}} {
		b.phase = target + kind.phase
		b.breaks(kind.how, target)
		b.hold(unseen)
		b.wait(2)
		b.phase = target + " near again"
		b.heal(target)
		b.wait(1)
	}
}

// adopted settles first: what only the router had is lost with its volume. The new one serves nobody before it is told to adopt.
func adopted(b *builder) {
	b.phase = "settling, before the router's volume is lost"
	b.settle()
	b.phase = "router's volume lost"
	b.kill(Router)
	b.add(Wipe, Router)
	b.heal(Router)
	b.wait(2)
	b.phase = "router adopts the servers"
	b.add(Adopt, Router)
	b.wait(2)
	b.settle()
	b.add(EndAdoption, Router)
	b.wait(2)
	killOne(b, Server(b.any()))
	b.wait(2)
}
