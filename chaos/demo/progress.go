package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/distributedstorage/ds/chaos/view"
)

// terminal tells whether a line can be written over.
var terminal = func() bool {
	info, err := os.Stdout.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}()

var printing sync.Mutex

// say prints a line that stays.
func say(format string, args ...any) {
	printing.Lock()
	defer printing.Unlock()
	if terminal {
		fmt.Print("\r\x1b[K")
	}
	fmt.Printf("== "+format+"\n", args...)
}

// progress shows a line that moves while something is done.
type progress struct {
	end  context.CancelFunc
	done chan struct{}
}

// startProgress shows, until stop, how many files are done and how the servers are.
func (d *demo) startProgress(ctx context.Context, what string, count *atomic.Int64) *progress {
	every := 200 * time.Millisecond
	if !terminal {
		every = 2 * time.Second
	}
	ctx, end := context.WithCancel(ctx)
	p := &progress{end: end, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				d.showProgress(ctx, what, count.Load())
			case <-ctx.Done():
				return
			}
		}
	}()
	return p
}

func (p *progress) stop() {
	p.end()
	<-p.done
}

func (d *demo) showProgress(ctx context.Context, what string, count int64) {
	total := len(d.files.paths)
	line := fmt.Sprintf("   %5d of %d files %s (%d %%) | %s", count, total, what, int(count)*100/max(total, 1), d.states(ctx))
	printing.Lock()
	defer printing.Unlock()
	if terminal {
		fmt.Print("\r\x1b[K" + line)
		return
	}
	fmt.Println(line)
}

// states is how the router sees its servers.
func (d *demo) states(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	list, err := view.AskServers(ctx, d.client)
	if err != nil {
		return "router away"
	}
	parts := make([]string, 0, len(list))
	for _, s := range list {
		text := fmt.Sprintf("%s %s", service(s.Number), s.State)
		if s.Owed > 0 {
			text += fmt.Sprintf(", owed %d", s.Owed)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " | ")
}
