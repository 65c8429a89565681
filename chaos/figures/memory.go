package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/audit"
	"github.com/distributedstorage/ds/chaos/stack"
	"github.com/distributedstorage/ds/chaos/view"
)

// memoryValue is the size of the values that the figure memory writes, in bytes.
const memoryValue = 1024

// memory writes distinct keys while a server is away and the router's container is limited: it must neither die nor
// refuse, and converge afterwards. It needs Docker, and the images.
func memory(ctx context.Context, f *flags) error {
	if err := os.Setenv("DS_ROUTER_MEMORY", f.Limit); err != nil {
		return err
	}
	s, err := stack.New(ctx, ".", "ds-figures")
	if err != nil {
		return err
	}
	defer s.Destroy(context.WithoutCancel(ctx)) // whatever came of it
	if err := s.Up(ctx); err != nil {
		return err
	}
	client := redis.NewClient(&redis.Options{Addr: s.Clients, DisableIdentity: true})
	defer client.Close()
	if err := audit.AllInSync(ctx, client, servers, time.Minute); err != nil {
		return err
	}
	return writeAndConverge(ctx, f, s, client)
}

func writeAndConverge(ctx context.Context, f *flags, s *stack.Stack, client *redis.Client) error {
	born, err := view.AskMetrics(ctx, s.Ops)
	if err != nil {
		return err
	}
	if err := s.Kill(ctx, "server-0"); err != nil {
		return err
	}
	if err := audit.States(ctx, client, map[int]string{0: "away"}, time.Minute); err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	began := time.Now()
	peak := make(chan float64, 1)
	go func() { peak <- watch(watching, s.Ops, began) }()
	if err := fill(ctx, &cluster{clients: s.Clients, ops: s.Ops}, f, 0, 2*f.Keys, make([]byte, memoryValue)); err != nil {
		return fmt.Errorf("the store refused or died: %w", err)
	}
	fmt.Printf("%d keys written in %.0f s; server 0 comes back\n", 2*f.Keys, time.Since(began).Seconds())
	if err := s.Start(ctx, "server-0"); err != nil {
		return err
	}
	back := time.Now()
	if err := audit.Converged(ctx, client, back, 30*time.Minute); err != nil {
		return err
	}
	took := time.Since(back)
	stop()
	end, err := view.AskMetrics(ctx, s.Ops)
	if err != nil {
		return err
	}
	const start = "process_start_time_seconds"
	fmt.Printf("converged %.0f s after; the router used at most %.0f MiB of %s; the same process to the end: %v\n",
		took.Seconds(), <-peak/(1<<20), f.Limit, born[start] == end[start])
	return nil
}

// watch prints the router's memory and what it owes, every five seconds, and gives the peak in bytes.
func watch(ctx context.Context, ops string, began time.Time) (peak float64) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return peak
		case <-tick.C:
		}
		m, err := view.AskMetrics(ctx, ops)
		if err != nil {
			continue // it is busy; the end tells whether it lives
		}
		peak = max(peak, m["process_resident_memory_bytes"])
		if n%5 == 0 {
			fmt.Printf("    %4.0f s: %4.0f MiB, table %3.0f MiB, %.0f entries, %.0f dirty marks\n", time.Since(began).Seconds(),
				m["process_resident_memory_bytes"]/(1<<20), m["ds_table_bytes"]/(1<<20), m["ds_table_owed_entries"], m["ds_table_dirty_marks"])
		}
	}
}
