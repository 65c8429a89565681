package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/distributedstorage/ds/chaos/view"
)

// shown is how many broken files are named.
const shown = 10

// tally counts over the run.
type tally struct {
	written, compared, retries atomic.Int64
	writing                    time.Duration
	rounds                     int // of reading everything

	mu struct {
		sync.Mutex
		broken []string // "path: what is wrong", at most shown
		count  int
	}
}

// broken notes a file that did not come back as it was written.
func (t *tally) broken(key, what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.count++
	if len(t.mu.broken) < shown {
		t.mu.broken = append(t.mu.broken, key+": "+what)
	}
}

// losses are the number of broken files, over all rounds, and the first of them.
func (t *tally) losses() (int, []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.count, t.mu.broken
}

func (t *tally) verdict() string {
	if n, _ := t.losses(); n > 0 {
		return fmt.Sprintf("%d BROKEN so far", n)
	}
	return "all equal"
}

// summary prints what happened and gives the exit status. A run in which nothing had to be healed
// proved nothing.
func (d *demo) summary(ctx context.Context, took time.Duration) int {
	after, err := view.AskMetrics(ctx, d.stack.Ops)
	if err != nil {
		fmt.Println("demo:", err)
		return exitBroken
	}
	moved := func(name string) int64 { return int64(after[name] - d.before[name]) }
	count, named := d.tally.losses()
	fmt.Printf("\n%-32s %d (%.0f MB, %.0f MB/s)\n", "files written", d.tally.written.Load(),
		megabytes(d.files.bytes), megabytes(d.files.bytes)/d.tally.writing.Seconds())
	fmt.Printf("%-32s %d times, %d broken\n", "every file compared", d.tally.rounds, count)
	fmt.Printf("%-32s %d\n", "attempts repeated", d.tally.retries.Load())
	fmt.Printf("%-32s %d\n", "writes owed to a server away", moved(view.Owed))
	fmt.Printf("%-32s %d\n", "writes buffered by the router", moved(view.Buffered))
	fmt.Printf("%-32s %d\n", "early corrections", moved(view.EarlyCorrections))
	fmt.Printf("%-32s %d\n", "late corrections", moved(view.LateCorrections))
	fmt.Printf("%-32s %.0f s\n\n", "took", took.Seconds())
	for _, text := range named {
		fmt.Println("  " + text)
	}
	switch {
	case count > 0:
		fmt.Println("Something did not come back as it was written.")
		return exitBroken
	case moved(view.Owed) == 0 || moved(view.Buffered) == 0 || moved(view.EarlyCorrections) == 0:
		fmt.Println("Nothing is missing, but not every way of healing was needed: this run proved little.")
		return exitBroken
	}
	fmt.Printf("Nothing is missing. The stack still runs; ask it: redis-cli -p %d get fmt/print.go\n", d.Port)
	return exitKept
}
