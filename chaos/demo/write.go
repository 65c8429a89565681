package main

import (
	"context"
	"time"
)

// batch of keys that are deleted together.
const batch = 500

// clear takes away what an earlier run stored: equal values of then would hide a loss of now.
func (d *demo) clear(ctx context.Context) error {
	removed := int64(0)
	for from := 0; from < len(d.files.paths); from += batch {
		keys := d.files.paths[from:min(from+batch, len(d.files.paths))]
		err := d.insist(ctx, keys[0], func(ctx context.Context) error {
			n, err := d.client.Del(ctx, keys...).Result()
			removed += n
			return err
		})
		if err != nil {
			return err
		}
	}
	if removed > 0 {
		say("%d keys of an earlier run are removed", removed)
	}
	return nil
}

// write stores every file, while the script kills and starts servers.
func (d *demo) write(ctx context.Context) error {
	begin := time.Now()
	line := d.startProgress(ctx, "written", &d.tally.written)
	script := newScript(d.stack, len(d.files.paths))
	err := d.each(ctx, script.turn, func(ctx context.Context, key string) error {
		content, err := d.files.content(key)
		if err != nil {
			return err
		}
		err = d.insist(ctx, key, func(ctx context.Context) error { return d.client.Set(ctx, key, content, 0).Err() })
		if err == nil {
			d.tally.written.Add(1)
		}
		return err
	})
	line.stop()
	if err != nil {
		return err
	}
	d.tally.writing = time.Since(begin)
	say("%d files written and acknowledged in %.1f s, while servers died", d.tally.written.Load(), d.tally.writing.Seconds())
	return script.rest(ctx)
}
