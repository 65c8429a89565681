// Command run owns a campaign of random histories at the terminal.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/distributedstorage/ds/internal/sim/campaign"
)

var (
	seeds   = flag.Uint64("seeds", 2000, "how many seeds to run")
	first   = flag.Uint64("first", 1, "the first of them")
	seed    = flag.Uint64("seed", 0, "run this seed alone and print all that happened")
	steps   = flag.String("steps", "", "with -seed: only these steps of its plan, for example 3-5,9")
	clients = flag.String("without-clients", "", "with -seed: these clients ask nothing, for example 0,2")
	keys    = flag.String("without-keys", "", "with -seed: nobody asks for these keys")
	workers = flag.Int("workers", runtime.GOMAXPROCS(0), "worlds at a time")
	stop    = flag.Int("failures", 3, "after how many failing seeds to give up")
	quiet   = flag.Bool("quiet", false, "no progress line")
)

// judged is how many seeds a campaign needs before missing a rare state counts against it.
const judged = 2000

func main() {
	flag.Parse()
	if *seed != 0 {
		os.Exit(one())
	}
	debug.SetGCPercent(1200) // worlds are small and die young
	debug.SetMemoryLimit(1 << 30)
	os.Exit(all())
}

// one replays a seed.
func one() int {
	plan := campaign.Draw(*seed)
	skip, err := leaveOut(plan)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	fmt.Println(plan.Params)
	out := campaign.Run(plan, skip, true)
	fmt.Print(out.Trace)
	fmt.Printf("trace hash %016x\n", out.Hash)
	if out.Failure != nil {
		fmt.Println(out.Failure)
		return 1
	}
	return 0
}

// leaveOut takes out of a plan what the flags name, and returns the steps to skip.
func leaveOut(plan *campaign.Plan) (skip []bool, err error) {
	if *steps != "" {
		if skip, err = campaign.ParseKept(*steps, len(plan.List)); err != nil {
			return nil, err
		}
	}
	if plan.Silent.Clients, err = campaign.ParseNumbers(*clients); err != nil {
		return nil, err
	}
	plan.Silent.Keys, err = campaign.ParseNumbers(*keys)
	return skip, err
}

func all() int {
	began, said, told := time.Now(), time.Time{}, 0
	o := campaign.Options{First: *first, Seeds: *seeds, Workers: *workers, Stop: *stop}
	o.Progress = func(t *campaign.Totals) {
		for ; told < len(t.Failures); told++ {
			fmt.Printf("\nseed %d: %v\n", t.Failures[told].Seed, t.Failures[told].Failure)
		}
		if now := time.Now(); !*quiet && now.Sub(said) > time.Second {
			said = now
			progress(t, now.Sub(began))
		}
	}
	t := o.Run()
	progress(t, time.Since(began))
	fmt.Println()
	campaign.PrintTotals(os.Stdout, t)
	for _, f := range t.Failures { // shrinking takes its time
		fmt.Printf("\n%s\n", campaign.Report(f))
	}
	if missing := t.Missing(); len(missing) > 0 && *seeds >= judged {
		fmt.Printf("\nnever reached: %q\n", missing)
		return 1
	}
	if len(t.Failures) > 0 || t.Hollow*10 > t.Seeds {
		return 1
	}
	return 0
}

func progress(t *campaign.Totals, took time.Duration) {
	fmt.Printf("\r%d of %d seeds, %.0f/s, %d faults, %d of %d rare states, %d violations ",
		t.Seeds, *seeds, float64(t.Seeds)/took.Seconds(), t.Faults, t.Reached(), len(t.Seen), len(t.Failures))
}
