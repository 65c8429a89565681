package schedule

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Action is what is done to a container.
type Action string

// The actions. Kill is SIGKILL to the whole container, which stays down until Start; Pause freezes it until Unpause.
const (
	Kill    Action = "kill"
	Start   Action = "start"
	Pause   Action = "pause"
	Unpause Action = "unpause"
)

// Step is one action at a moment of the run.
type Step struct {
	At     time.Duration // since the run began
	Action Action
	Target string // a Compose service
	Phase  string // what the run is at from here on, for people
}

// String is the step in one line.
func (s Step) String() string {
	return fmt.Sprintf("%6.1fs %s %s (%s)", s.At.Seconds(), s.Action, s.Target, s.Phase)
}

// Demand is what must have happened in the store, or the run has proved nothing.
type Demand struct {
	Early    bool // an early correction was paid
	Buffered bool // a record waited in the buffer because no server could take it
}

// Plan is a whole run.
type Plan struct {
	Scenario string
	Seed     uint64
	Duration time.Duration
	Steps    []Step // in order of time; whatever they break they mend, before Duration is over
	Demand   Demand
}

// New draws the plan of a scenario. The same seed draws the same plan.
func New(scenario string, seed uint64, servers int, duration time.Duration) (Plan, error) {
	for _, s := range scenarios {
		if s.name == scenario {
			return s.draw(seed, servers, duration), nil
		}
	}
	return Plan{}, fmt.Errorf("no scenario %q: there are %v", scenario, Names())
}

func (s scenario) draw(seed uint64, servers int, duration time.Duration) Plan {
	b := &builder{rng: rand.New(rand.NewPCG(seed, 0xc4a05)), servers: servers, down: map[string]Action{}}
	b.wait(2)
	s.write(b)
	b.healAll()
	b.wait(1)
	return Plan{Scenario: s.name, Seed: seed, Duration: duration, Steps: b.scaled(duration), Demand: s.demand}
}

// builder writes steps in units of its own; they are scaled to the run's duration at the end.
type builder struct {
	rng     *rand.Rand
	servers int
	phase   string
	now     float64
	steps   []Step
	at      []float64
	down    map[string]Action // what was done to those that are not well
}

// wait lets time pass: so many units, give or take a quarter.
func (b *builder) wait(units float64) { b.now += units * (0.75 + b.rng.Float64()/2) }

func (b *builder) kill(targets ...string)  { b.breaks(Kill, targets) }
func (b *builder) pause(targets ...string) { b.breaks(Pause, targets) }

func (b *builder) breaks(a Action, targets []string) {
	for _, target := range targets {
		b.add(a, target)
		b.down[target] = a
	}
}

// heal starts what was killed, and resumes what was paused.
func (b *builder) heal(targets ...string) {
	for _, target := range targets {
		switch b.down[target] {
		case Kill:
			b.add(Start, target)
		case Pause:
			b.add(Unpause, target)
		}
		delete(b.down, target)
	}
}

func (b *builder) healAll() {
	b.heal(router)
	for i := range b.servers {
		b.heal(Server(i))
	}
}

func (b *builder) add(a Action, target string) {
	b.steps = append(b.steps, Step{Action: a, Target: target, Phase: b.phase})
	b.at = append(b.at, b.now)
}

func (b *builder) scaled(duration time.Duration) []Step {
	for i := range b.steps {
		b.steps[i].At = time.Duration(float64(duration) * b.at[i] / b.now)
	}
	return b.steps
}

// any is the number of some server.
func (b *builder) any() int { return b.rng.IntN(b.servers) }

// neighbours are two servers that hold both copies of some keys.
func (b *builder) neighbours() (string, string) {
	i := b.any()
	return Server(i), Server((i + 1) % b.servers)
}

const router = "router"

// Server is the Compose service of a server.
func Server(number int) string { return fmt.Sprintf("server-%d", number) }
