package schedule

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Action is what is done to a container, its network, its memory or its volume.
type Action string

// What breaks, until its counterpart mends it.
const (
	Kill   Action = "kill"   // SIGKILL to the whole container, which stays down until Start
	Start  Action = "start"  // a killed container, on its volume
	Pause  Action = "pause"  // freezes a container
	Resume Action = "resume" // a paused one

	Cut    Action = "cut"    // takes a container off the network, without a word to its peers
	Deafen Action = "deafen" // nothing of what the router sends arrives
	Mute   Action = "mute"   // nothing of what the server sends arrives
	Join   Action = "join"   // mends these three

	Delay  Action = "delay"  // answers and requests take more than the store's deadline
	Narrow Action = "narrow" // a few KB a second
	Reset  Action = "reset"  // the connection is reset in the middle of what is being sent, again and again
	Clear  Action = "clear"  // mends these three

	Starve  Action = "starve"  // less memory than the program has: the kernel kills it, mid-write
	Nourish Action = "nourish" // its old limit again
)

// What is over at once.
const (
	Crash  Action = "crash"  // SIGKILL to the program: Docker starts it again at once
	Settle Action = "settle" // waits until all copies are equal and nothing is owed, while clients work

	Adopt       Action = "adopt"        // the router, on an empty volume, takes over the servers of the one it lost
	EndAdoption Action = "end adoption" // it is started without being told to

	// To the volume of a killed server, or router.
	Wipe    Action = "wipe"    // empties it
	Save    Action = "save"    // copies it aside
	Restore Action = "restore" // puts the copy in its place
	Lose    Action = "lose"    // removes acknowledged keys from it, behind everybody's back
)

// Step is one action at a moment of the run.
type Step struct {
	Wait   time.Duration // after the step before it
	Action Action
	Target string // a Compose service; "" with Settle
	Phase  string // what the run is at from here on, for people
	Begins int    // > 0: everything is well before it, and so many episodes came before
}

// String is the step in one line.
func (s Step) String() string { return fmt.Sprintf("%s %s (%s)", s.Action, s.Target, s.Phase) }

// Demand is what must have happened in the store, or the run has proved nothing.
type Demand struct {
	Early        bool // an early correction was paid
	Buffered     bool // a record waited in the buffer because no server could take it
	Late         bool // a copy that had lost a record unnoticed was mended
	Wiped        bool // an empty volume was noticed
	RolledBack   bool // an older volume was noticed
	RouterFull   bool // the router was killed while its table and its buffer had entries
	Adopted      bool // the router took over the servers of another journal
	MemoryKilled bool // the kernel killed a container over its limit
	Live         bool // keys whose servers were all well were used while others suffered
}

// Plan is a whole run.
type Plan struct {
	Scenario string
	Seed     uint64
	Duration time.Duration // about what the waits add up to; the steps take their own time
	Steps    []Step        // whatever they break they mend
	Rest     time.Duration // after the last step
	Open     bool          // there are more steps than needed: from Must episodes on, the run ends where its time is over
	Must     int
	Proxied  bool // it needs a store whose ProxiedServer dials through a proxy
	Last     bool // it leaves a store that no other scenario should be played on
	Demand   Demand
}

// ProxiedServer is the server whose link a proxied store leads through the proxy.
const ProxiedServer = 2

// New draws the plan of a scenario. The same seed draws the same plan.
func New(scenario string, seed uint64, servers int, duration time.Duration) (Plan, error) {
	for _, s := range scenarios {
		if s.name == scenario {
			return s.draw(seed, servers, duration)
		}
	}
	return Plan{}, fmt.Errorf("no scenario %q: there are %v", scenario, Names())
}

func (s scenario) draw(seed uint64, servers int, duration time.Duration) (Plan, error) {
	b := &builder{
		rng: rand.New(rand.NewPCG(seed, 0xc4a05)), servers: servers, duration: duration,
		down: map[string]Action{}, begin: true,
	}
	b.phase = "all up"
	b.wait(2)
	s.write(b)
	b.healAll()
	b.wait(1)
	plan := Plan{
		Scenario: s.name, Seed: seed, Duration: duration, Steps: b.steps,
		Open: b.must > 0, Must: b.must, Proxied: s.proxied, Last: s.last, Demand: s.demand,
	}
	unit := time.Second
	if !plan.Open {
		var least time.Duration
		if unit, least = b.fit(); unit <= 0 {
			return plan, fmt.Errorf("scenario %s needs a duration above %v, for its pauses alone", s.name, least)
		}
	}
	for i := range plan.Steps {
		plan.Steps[i].Wait = b.gaps[i].last(unit)
	}
	plan.Rest = b.gap.last(unit)
	return plan, nil
}
