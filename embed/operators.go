package embed

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/distributedstorage/ds/internal/ops"
)

var errOff = errors.New("embed: it does not run")

// startOps opens the operators' port, if there is to be one.
func startOps(addr string, probe ops.Probe, metrics prometheus.Gatherer) (*ops.Server, error) {
	if addr == "" {
		return nil, nil
	}
	port := ops.New(addr, probe, metrics)
	if err := port.Start(); err != nil {
		return nil, err
	}
	return port, nil
}

func stopOps(port *ops.Server) {
	if port == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	port.TurnOff(ctx)
}
