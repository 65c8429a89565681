// Command demo owns a proof for people: it stores the Go sources while servers die, then reads every file back.
//
// It runs against the stack that `make up` started, and leaves it running.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/audit"
	"github.com/distributedstorage/ds/chaos/stack"
	"github.com/distributedstorage/ds/chaos/view"
)

// Exit statuses.
const (
	exitKept   = 0
	exitBroken = 1 // something is missing or different
	exitNoRun  = 2 // it could not be tried
)

// servers of docker-compose.yml.
const servers = 3

type settings struct {
	Port     int           `env:"DS_PORT" help:"The router's client port on this host." default:"6379"`
	OpsPort  int           `env:"DS_OPS_PORT" help:"The router's ops port on this host." default:"8400"`
	Password string        `env:"DS_REQUIREPASS" help:"The router's password."`
	Source   string        `help:"The folder whose files are stored." default:"${source}" type:"existingdir"`
	Dir      string        `help:"The folder of docker-compose.yml." default:"." type:"existingdir"`
	Workers  int           `help:"Connections that write and read at the same time." default:"16"`
	Patience time.Duration `help:"The longest wait for the stack to get ready, and for one file." default:"2m"`
}

// demo is one run.
type demo struct {
	settings
	stack  *stack.Stack
	client *redis.Client
	files  files
	before view.Metrics
	tally  tally
}

func main() {
	var s settings
	kong.Parse(&s, kong.Name("demo"), kong.Vars{"source": filepath.Join(goRoot(), "src")},
		kong.Description("Stores every file of a folder while servers die, then reads every file back and compares it."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, s))
}

// goRoot is the toolchain's folder; empty, and so asked for with --source, if there is no toolchain.
func goRoot() string {
	out, _ := exec.Command("go", "env", "GOROOT").Output()
	return strings.TrimSpace(string(out))
}

func run(ctx context.Context, s settings) int {
	d := &demo{settings: s}
	begin := time.Now()
	if err := d.prepare(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		return exitNoRun
	}
	defer d.client.Close()
	defer d.startAll()
	if err := d.play(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		return exitBroken
	}
	return d.summary(ctx, time.Since(begin))
}

// prepare finds the files and the stack, and demands that every server is in sync.
func (d *demo) prepare(ctx context.Context) (err error) {
	if d.files, err = list(d.Source, maxValue); err != nil {
		return err
	}
	clients := fmt.Sprintf("127.0.0.1:%d", d.Port)
	if d.stack, err = stack.Running(ctx, d.Dir, clients, fmt.Sprintf("127.0.0.1:%d", d.OpsPort)); err != nil {
		return fmt.Errorf("%w: start the stack with make up", err)
	}
	d.client = redis.NewClient(&redis.Options{
		Addr: clients, Password: d.Password, PoolSize: d.Workers + 2, MaxRetries: -1, DisableIdentity: true,
	})
	if err := audit.AllInSync(ctx, d.client, servers, d.Patience); err != nil {
		return fmt.Errorf("%w: start the stack with make up", err)
	}
	d.before, err = view.AskMetrics(ctx, d.stack.Ops)
	return err
}

// play is the run in order: clear, write while servers die, converge, read with all up and with each one stopped.
func (d *demo) play(ctx context.Context) error {
	say("%d files, %.0f MB, from %s", len(d.files.paths), megabytes(d.files.bytes), d.Source)
	if d.files.skipped > 0 {
		say("%d files over %d MiB are left out", d.files.skipped, maxValue>>20)
	}
	if err := d.clear(ctx); err != nil {
		return err
	}
	if err := d.write(ctx); err != nil {
		return err
	}
	if err := d.converge(ctx); err != nil {
		return err
	}
	if err := d.read(ctx, "with all servers up"); err != nil {
		return err
	}
	for server := range servers {
		if err := d.readWithout(ctx, server); err != nil {
			return err
		}
	}
	return nil
}

// converge waits for the proof, made after now, that all copies are equal.
func (d *demo) converge(ctx context.Context) error {
	say("waiting until all copies are proved equal")
	begin := time.Now()
	if err := audit.Converged(ctx, d.client, begin, d.Patience); err != nil {
		return err
	}
	say("converged after %.1f s", time.Since(begin).Seconds())
	return nil
}

// startAll leaves the stack as it was found, however the run ended.
func (d *demo) startAll() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for server := range servers {
		if err := d.stack.Start(ctx, service(server)); err != nil { // nothing happens to one that runs
			fmt.Fprintln(os.Stderr, "demo:", err)
		}
	}
}

func service(server int) string { return fmt.Sprintf("server-%d", server) }

func megabytes(n int64) float64 { return float64(n) / 1e6 }
