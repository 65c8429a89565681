// Command router owns the wiring of the router program.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/distributedstorage/ds/internal/config"
	"github.com/distributedstorage/ds/internal/ops"
	"github.com/distributedstorage/ds/internal/router"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = "dev"

func main() {
	settings, command, err := config.ParseRouter(os.Args[1:], version, os.Stdout)
	switch {
	case err != nil:
	case command == config.Serve:
		err = serve(settings)
	case command == config.Healthcheck:
		err = ops.Check(settings.Ops)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(settings config.Router) error {
	// 1. Signals, so that a stop during the start is orderly too.
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	// 2. Go's memory limit from the container's, unless GOMEMLIMIT says otherwise. Log and metrics.
	_, _ = memlimit.Set(memlimit.WithRatio(0.8)) // the rest is for the kernel's caches, and for what the collector is late with
	log := settings.Log.Logger()
	defer log.Sync()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	// 3. The operators' port first: it tells why the rest is not there yet. Off last.
	r := router.New(router.FromSettings(settings, log, registry))
	port := ops.New(settings.Ops, r, registry)
	if err := port.Start(); err != nil {
		return err
	}
	defer port.TurnOff(context.WithoutCancel(ctx))
	// 4. The journal, the core, the servers' port, the clients' port. Off in the reverse order.
	if err := r.Start(ctx); err != nil {
		return err
	}
	defer r.TurnOff()
	// 5. Until a signal, or a failure that only a restart can judge.
	return r.Wait(ctx)
}
