package main

import (
	"context"
	"fmt"
	"time"
)

// journalSyncs is the router's counter of the syncs of its journal.
const journalSyncs = "ds_journal_syncs_total"

// fsyncs counts what reads cost the journal while server 0 is away.
func fsyncs(ctx context.Context, f *flags) error {
	c, err := start(ctx, f)
	if c != nil {
		defer c.end()
	}
	if err != nil {
		return err
	}
	w := work{keys: loadKeys, value: make([]byte, f.Value)}
	measure(ctx, c, f, w, 3*time.Second)
	if err := c.kill(0); err != nil {
		return err
	}
	if err := c.away(ctx, 0); err != nil {
		return err
	}
	pause(ctx, 3*time.Second) // settled-through is saved once more
	before, err := c.metric(ctx, journalSyncs)
	if err != nil {
		return err
	}
	w.reads = 100
	l := begin(ctx, c, f, w)
	pause(ctx, 5*time.Second)
	reads := l.count.Load()
	fmt.Println("GETs while server 0 is away:", l.end())
	after, err := c.metric(ctx, journalSyncs)
	if err != nil {
		return err
	}
	fmt.Printf("%.0f syncs of the journal for %d GETs: %.3f for 10,000\n", after-before, reads, (after-before)*10_000/float64(reads))
	return nil
}
