package schedule

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// gap is the time between two steps: units, which are scaled to the run's duration, beside what is fixed.
type gap struct {
	units float64
	fixed time.Duration
}

func (g gap) last(unit time.Duration) time.Duration {
	return g.fixed + time.Duration(g.units*float64(unit))
}

// builder writes steps.
type builder struct {
	rng      *rand.Rand
	servers  int
	duration time.Duration
	phase    string
	steps    []Step
	gaps     []gap // before each step
	gap      gap   // since the last step
	begin    bool  // the next step begins an episode
	episodes int
	must     int               // episodes that are played in any case; 0: all
	down     map[string]Action // what was done to those that are not well
}

// wait lets time pass: so many units, give or take a quarter.
func (b *builder) wait(units float64) { b.gap.units += units * (0.75 + b.rng.Float64()/2) }

// hold lets a time pass that means something to the store, such as one above a timeout.
func (b *builder) hold(d time.Duration) { b.gap.fixed += d }

// fit is how long a unit is if all is to last the duration.
func (b *builder) fit() (unit, fixed time.Duration) {
	units := b.gap.units
	fixed = b.gap.fixed
	for _, g := range b.gaps {
		units += g.units
		fixed += g.fixed
	}
	return time.Duration(float64(b.duration-fixed) / units), fixed
}

// episode marks that all is well and a story begins.
func (b *builder) episode() {
	b.episodes++
	b.begin = true
}

// mends says what mends what.
var mends = map[Action]Action{
	Kill: Start, Pause: Resume, Cut: Join, Deafen: Join, Mute: Join,
	Delay: Clear, Narrow: Clear, Reset: Clear, Starve: Nourish,
}

// Mends tells what an action breaks until it is mended: "" if it is over at once.
func Mends(a Action) Action { return mends[a] }

func (b *builder) breaks(a Action, targets ...string) {
	for _, target := range targets {
		b.add(a, target)
		b.down[target] = a
	}
}

func (b *builder) kill(targets ...string) { b.breaks(Kill, targets...) }

// heal mends what was done to them.
func (b *builder) heal(targets ...string) {
	for _, target := range targets {
		if a, ok := b.down[target]; ok {
			b.add(mends[a], target)
			delete(b.down, target)
		}
	}
}

func (b *builder) healAll() {
	b.heal(Router)
	for i := range b.servers {
		b.heal(Server(i))
	}
}

func (b *builder) settle() { b.add(Settle, "") }

func (b *builder) add(a Action, target string) {
	s := Step{Action: a, Target: target, Phase: b.phase}
	if b.begin {
		s.Begins, b.begin = b.episodes, false
	}
	b.steps = append(b.steps, s)
	b.gaps = append(b.gaps, b.gap)
	b.gap = gap{}
}

// any is the number of some server.
func (b *builder) any() int { return b.rng.IntN(b.servers) }

// neighbours are two servers that hold both copies of some keys.
func (b *builder) neighbours() (string, string) {
	i := b.any()
	return Server(i), Server((i + 1) % b.servers)
}

// Router is the Compose service of the router.
const Router = "router"

// Server is the Compose service of a server.
func Server(number int) string { return fmt.Sprintf("server-%d", number) }

// Number is the number of a service's server, -1 of the router.
func Number(service string) int {
	n := -1
	if !slices.Contains([]string{Router, ""}, service) {
		fmt.Sscanf(service, "server-%d", &n)
	}
	return n
}
