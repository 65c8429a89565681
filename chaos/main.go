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
	"github.com/distributedstorage/ds/chaos/schedule"
)

// settings are the flags, each with an environment variable of the same name.
type settings struct {
	Seed     uint64        `env:"SEED" help:"Everything is drawn from it; 0 takes the clock's and prints it." default:"0"`
	Scenario string        `env:"SCENARIO" help:"${scenarios}; several with commas." default:"walk"`
	Duration time.Duration `env:"DURATION" help:"How long one scenario breaks things." default:"100s"`
	Heal     time.Duration `help:"The time the healed store has to converge." default:"60s"`
	Workers  int           `help:"Clients." default:"12"`
	Rate     int           `help:"Operations a second of one client, at most." default:"100"`
	HotKeys  int           `help:"Keys of each database that many clients write." default:"200"`
	MaxValue int           `help:"Bytes of a value, about." default:"1024"`
	JSON     string        `name:"json" help:"Write the account here as well." placeholder:"FILE"`
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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(exit(ctx, s))
}

// exit runs the scenarios and gives the exit status: 0 is a store that kept its promises, 1 one that did not.
func exit(ctx context.Context, s settings) int {
	status := 0
	var accounts []*account.Scenario
	for _, name := range strings.Split(s.Scenario, ",") {
		plan, err := schedule.New(strings.TrimSpace(name), s.Seed, servers, s.Duration)
		if err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
			return 2
		}
		played := run(ctx, s, plan)
		accounts = append(accounts, played)
		if !played.Passed() {
			status = 1
		}
		if ctx.Err() != nil {
			break
		}
	}
	account.Table(os.Stdout, accounts)
	if s.JSON != "" {
		if err := account.JSON(s.JSON, accounts); err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
			status = 2
		}
	}
	return status
}

func about() string {
	var lines []string
	for _, name := range schedule.Names() {
		lines = append(lines, name+" = "+schedule.About(name))
	}
	return strings.Join(lines, "; ")
}
