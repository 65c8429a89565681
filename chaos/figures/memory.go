package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/distributedstorage/ds/chaos/view"
)

// memoryValue is the size of the values that the figure memory writes, in bytes.
const memoryValue = 1024

// memory writes distinct keys while server 0 is away, under Go's memory limit (a container's limit sets the same one),
// and shows what the kernel counts as the router's memory.
func memory(ctx context.Context, f *flags) error {
	c, err := start(ctx, f, []string{"GOMEMLIMIT=" + strings.TrimSuffix(f.Limit, "B") + "B"})
	if c != nil {
		defer c.end()
	}
	if err != nil {
		return err
	}
	if err := c.kill(0); err != nil {
		return err
	}
	if err := c.away(ctx, 0); err != nil {
		return err
	}
	watch, stop := context.WithCancel(ctx)
	defer stop()
	began := time.Now()
	go c.watch(watch, began)
	if err := fill(ctx, c, f, 0, 2*f.Keys, make([]byte, memoryValue)); err != nil {
		return fmt.Errorf("the store refused or died: %w", err)
	}
	fmt.Printf("%d keys written in %.0f s; server 0 comes back\n", 2*f.Keys, time.Since(began).Seconds())
	if err := c.startServer(0); err != nil {
		return err
	}
	err = c.await(ctx, 30*time.Minute, func(s []view.Server) bool { return s[0].State == "in-sync" })
	peak, _ := c.resident("VmHWM")
	fmt.Printf("in sync after %.0f s; the router's memory was at most %d MiB of %s\n", time.Since(began).Seconds(), peak>>20, f.Limit)
	return err
}

// watch prints the router's memory and what it owes server 0, every five seconds.
func (c *cluster) watch(ctx context.Context, began time.Time) {
	for tick := time.NewTicker(5 * time.Second); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		rss, err := c.resident("VmRSS")
		m, asked := view.AskMetrics(ctx, c.ops)
		if err = errors.Join(err, asked); err != nil {
			fmt.Println("   ", err)
			continue
		}
		fmt.Printf("    %4.0f s: %4d MiB, %.0f entries, %.0f dirty marks\n", time.Since(began).Seconds(), rss>>20,
			m["ds_table_owed_entries"], m["ds_table_dirty_marks"])
	}
}

// resident is a line of the router's /proc status in bytes: VmRSS, or VmHWM for its peak.
func (c *cluster) resident(line string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.router.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), line+":")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("%s is not in the status of the router's process", line)
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	return kib << 10, err
}
