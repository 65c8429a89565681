package main

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/audit"
)

// read compares every file with what the store says.
func (d *demo) read(ctx context.Context, how string) error {
	begin := time.Now()
	d.tally.compared.Store(0)
	line := d.startProgress(ctx, "compared", &d.tally.compared)
	err := d.each(ctx, func(context.Context, int) error { return nil }, d.compare)
	line.stop()
	if err != nil {
		return err
	}
	d.tally.rounds++
	say("%d files read back and compared %s in %.1f s: %s", d.tally.compared.Load(), how, time.Since(begin).Seconds(), d.tally.verdict())
	return nil
}

// readWithout does so while one server is stopped.
func (d *demo) readWithout(ctx context.Context, server int) error {
	say("stop %s", service(server))
	if err := d.stack.Stop(ctx, service(server)); err != nil {
		return err
	}
	if err := audit.States(ctx, d.client, map[int]string{server: "away"}, d.Patience); err != nil {
		return err
	}
	if err := d.read(ctx, "without "+service(server)); err != nil {
		return err
	}
	say("start %s", service(server))
	if err := d.stack.Start(ctx, service(server)); err != nil {
		return err
	}
	return audit.AllInSync(ctx, d.client, servers, d.Patience)
}

// compare reads one key. What the store answers is final; that it could not answer is tried again.
func (d *demo) compare(ctx context.Context, key string) error {
	want, err := d.files.content(key)
	if err != nil {
		return err
	}
	return d.insist(ctx, key, func(ctx context.Context) error {
		got, err := d.client.Get(ctx, key).Bytes()
		switch {
		case errors.Is(err, redis.Nil):
			d.tally.broken(key, "missing")
		case err != nil:
			return err
		case !bytes.Equal(got, want):
			d.tally.broken(key, "different")
		}
		d.tally.compared.Add(1)
		return nil
	})
}
