// Command figures owns the measurements that the documentation quotes. It runs a router with three servers as processes
// on loopback, loads them, breaks them, prints what it measured.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// flags are the command line.
type flags struct {
	Keys    int    `default:"1000000" help:"Keys owed, or held by the wiped server."`
	Value   int    `default:"100" help:"Bytes of a value. The figure memory writes 1024, and twice the keys."`
	Workers int    `default:"8" help:"Client connections."`
	Depth   int    `default:"32" help:"Commands that a client sends at a time."`
	Folder  string `help:"Where the volumes are made. Default: a temporary folder."`
	Limit   string `default:"192m" help:"Memory of the router's container, as Docker writes it, for the figure memory."`

	Pay    struct{} `cmd:"" help:"Seconds to pay a server what it is owed, and what that does to clients at half their rate."`
	Refill struct{} `cmd:"" help:"Seconds to refill a wiped server while clients write, and what that does to them."`
	Fsyncs struct{} `cmd:"" help:"Syncs of the journal for 10,000 GETs while a server is away."`
	Stall  struct{} `cmd:"" help:"The longest write when a server is paused, killed, or cut off."`
	Memory struct{} `cmd:"" help:"The router's memory, its container limited, while one server is away and keys of 1 KiB are written. Needs Docker and make images."`
}

var figures = map[string]func(context.Context, *flags) error{
	"pay": pay, "refill": refill, "fsyncs": fsyncs, "stall": stall, "memory": memory,
}

func main() {
	var f flags
	parsed := kong.Parse(&f, kong.Name("figures"), kong.UsageOnError())
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := figures[parsed.Command()](ctx, &f)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}
