package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kong"

	"github.com/distributedstorage/ds/client"
)

// Exit statuses. Usage errors end with kong's own, 80.
const (
	exitOK           = 0
	exitNotConverged = 1
	exitFailed       = 2
)

// version is set by the linker.
var version = "dev"

type cli struct {
	Addr     string        `help:"The router's client port (host:port)." default:"127.0.0.1:6379" env:"DS_ADDR" placeholder:"HOST:PORT"`
	Password string        `help:"What the router's requirepass asks for; for dev: what it will ask for." env:"DS_PASSWORD"`
	Timeout  time.Duration `help:"How long to wait for the router; for converged --wait: for everything." default:"5s" env:"DS_TIMEOUT"`
	JSON     bool          `help:"Write JSON, for scripts." env:"DS_JSON"`

	Version kong.VersionFlag `help:"Show the version."`

	Dev       devCmd       `cmd:"" help:"Run a router and its servers in this process, on one folder, until Ctrl-C."`
	Servers   serversCmd   `cmd:"" help:"Show the state of every server."`
	Why       whyCmd       `cmd:"" help:"Show where a key's copies are, and who is owed it."`
	Converged convergedCmd `cmd:"" help:"Tell whether all copies are equal. Exit status: 0 yes, 1 no, 2 it could not be found out."`
	Keys      keysCmd      `cmd:"" help:"List the keys of a database that can be seen right now."`
}

// session is what a command runs with.
type session struct {
	ctx    context.Context
	cli    *cli
	out    io.Writer
	notes  io.Writer // what is not the answer
	status int
}

type exit int

// run is the program: it gives the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (status int) {
	defer func() {
		if e, ok := recover().(exit); ok {
			status = int(e)
		}
	}()
	var c cli
	parser := kong.Must(&c, kong.Name("dsctl"),
		kong.Description("Look into a DistributedStorage, or run a whole one in a folder."),
		kong.UsageOnError(), kong.Writers(stdout, stderr), kong.Vars{"version": version},
		kong.Exit(func(code int) { panic(exit(code)) }))
	chosen, err := parser.Parse(args)
	parser.FatalIfErrorf(err)

	s := &session{ctx: ctx, cli: &c, out: stdout, notes: stderr}
	if err := chosen.Run(s); err != nil {
		fmt.Fprintf(stderr, "dsctl: %s\n", explain(err, c.Addr))
		return exitFailed
	}
	return s.status
}

// explain adds what to do about an error.
func explain(err error, addr string) string {
	switch {
	case errors.Is(err, client.ErrNoRouter):
		return fmt.Sprintf("no router answers at %s: start one (make up, or dsctl dev), or give its address with --addr or DS_ADDR\n  (%v)", addr, err)
	case errors.Is(err, client.ErrAuth):
		return fmt.Sprintf("the router at %s wants another password: give it with --password or DS_PASSWORD\n  (%v)", addr, err)
	case errors.Is(err, client.ErrCanceled):
		return fmt.Sprintf("the router at %s took too long to answer: try again with a longer --timeout\n  (%v)", addr, err)
	}
	return err.Error()
}

// connected calls f with a started client of the database; with patience also while there is no connection yet.
func (s *session) connected(database int, patience bool, f func(context.Context, *client.Client) error) error {
	ctx, cancel := context.WithTimeout(s.ctx, s.cli.Timeout)
	defer cancel()
	first := ctx
	if !patience {
		// One attempt to connect is enough where nobody asked to wait.
		var stop context.CancelFunc
		first, stop = context.WithTimeout(ctx, min(s.cli.Timeout, time.Second))
		defer stop()
	}
	c := client.New(s.cli.Addr, client.Database(database), client.Password(s.cli.Password))
	defer c.TurnOff()
	if err := c.Start(first); err != nil {
		return err
	}
	return f(ctx, c)
}
