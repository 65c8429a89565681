// Command chaos owns the proof on containers: it breaks a store of its own under load, heals it, demands every promise.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/distributedstorage/ds/chaos/account"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/report"
	"github.com/distributedstorage/ds/chaos/schedule"
)

// settings are the flags; those with an environment variable are what `make chaos` takes.
type settings struct {
	Seed     uint64        `env:"SEED" help:"Everything is drawn from it; 0 takes the clock's and prints it." default:"0"`
	Scenario string        `env:"SCENARIO" help:"${scenarios}. Several with commas, on one store where that is possible; every = each of them." default:"mix"`
	Duration time.Duration `env:"DURATION" help:"How long one scenario breaks things, about." default:"100s"`
	Heal     time.Duration `help:"The time the healed store has to converge." default:"60s"`
	Live     time.Duration `help:"The time to answer on a key whose servers are all well, while others suffer." default:"1500ms"`
	Workers  int           `help:"Clients." default:"12"`
	Rate     int           `help:"Operations a second of one client, at most." default:"100"`
	HotKeys  int           `help:"Keys of each database that many clients write." default:"200"`
	MaxValue int           `help:"Bytes of a value, about." default:"1024"`
	Report   string        `help:"The folder for the account as JSON and as a page." default:"chaos-report" type:"path"`
	Dir      string        `help:"The folder of docker-compose.yml." default:"." type:"existingdir"`
	Build    bool          `help:"Build the images first (--no-build: take those that are there)." default:"true" negatable:""`
	Keep     bool          `help:"Leave the project running when the verdict is bad."`
}

func main() {
	load.Hush()
	var s settings
	kong.Parse(&s, kong.Name("chaos"), kong.Vars{"scenarios": about()},
		kong.Description("Breaks a store of its own while clients write to it, heals it, and demands that every promise was kept."))
	if s.Seed == 0 {
		s.Seed = uint64(time.Now().UnixNano()) % 1_000_000
	}
	plans, err := s.plans()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(exit(ctx, s, plans))
}

// plans are those of the scenarios that are named; a fault in one is told before anything starts.
func (s settings) plans() ([]schedule.Plan, error) {
	names := strings.Split(s.Scenario, ",")
	if s.Scenario == "every" {
		names = schedule.Names()
	}
	var plans []schedule.Plan
	for _, name := range names {
		plan, err := schedule.New(strings.TrimSpace(name), s.Seed, servers, s.Duration)
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

// exit plays the plans and gives the exit status: 0 is a store that kept its promises, 1 one that did not.
func exit(ctx context.Context, s settings, plans []schedule.Plan) int {
	status := 0
	var accounts []*account.Scenario
	arena := &arena{settings: s}
	for _, plan := range plans {
		played := arena.play(ctx, plan)
		accounts = append(accounts, played)
		if !played.Passed() {
			status = 1
		}
		if ctx.Err() != nil {
			break
		}
	}
	arena.clear()
	account.Table(os.Stdout, accounts)
	if err := s.write(accounts); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		status = 2
	}
	return status
}

// write puts the account into files, and says where.
func (s settings) write(accounts []*account.Scenario) error {
	again := fmt.Sprintf("make chaos SEED=%d SCENARIO=%s DURATION=%v", s.Seed, s.Scenario, s.Duration)
	files, err := report.Write(s.Report, accounts, again)
	if err != nil {
		return err
	}
	fmt.Printf("\nagain: %s\n%s\n", again, strings.Join(files, "\n"))
	return nil
}

func about() string {
	var lines []string
	for _, name := range schedule.Names() {
		lines = append(lines, name+" = "+schedule.About(name))
	}
	return strings.Join(lines, "; ")
}
