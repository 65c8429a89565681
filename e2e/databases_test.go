package e2e

import (
	"fmt"
	"slices"
	"testing"

	"github.com/distributedstorage/ds/chaos/view"
)

// TestDatabases: one key in several databases is several keys, in healing too.
func TestDatabases(t *testing.T) {
	story(t)
	c := up(t)
	all := contents{}
	for db := range 4 {
		for i := range 12 {
			all[at{db, fmt.Sprintf("k-%d", i)}] = fmt.Sprintf("%d in database %d", i, db)
		}
		all[at{db, fmt.Sprintf("only-in-%d", db)}] = "x"
	}
	c.write(all)
	c.keysAre(all)
	c.kill(2)
	changed := contents{{1, "k-1"}: "changed in 1", {2, "k-2"}: "changed in 2", {3, "more"}: "new"}
	c.write(changed)
	c.must(c.db(0).Del(c.ctx, "k-3").Err())
	changed[at{0, "k-3"}] = ""
	all = all.and(changed)
	c.readable(all)
	c.keysAre(all)
	c.start(2)
	c.holds(all)
	c.keysAre(all)

	c.must(c.db(1).FlushDB(c.ctx).Err())
	for k := range all {
		if k.database == 1 {
			all[k] = ""
		}
	}
	c.keysAre(all)
	c.readable(all)
}

// keysAre asserts what KEYS, DBSIZE and DS KEYS of each database see.
func (c *cluster) keysAre(all contents) {
	c.t.Helper()
	want := map[int][]string{}
	for k, v := range all {
		want[k.database] = append(want[k.database], []string{k.key}[:min(1, len(v))]...)
	}
	for db, keys := range want {
		slices.Sort(keys)
		got, err := c.db(db).Keys(c.ctx, "*").Result()
		c.must(err)
		slices.Sort(got)
		size, err := c.db(db).DBSize(c.ctx).Result()
		c.must(err)
		own, err := view.AskKeys(c.ctx, c.db(db))
		c.must(err)
		slices.Sort(own.Keys)
		if !slices.Equal(got, keys) || int(size) != len(keys) || !own.Complete || !slices.Equal(own.Keys, keys) {
			c.t.Errorf("database %d: KEYS %v, DBSIZE %d, DS KEYS %+v; want %v", db, got, size, own, keys)
		}
	}
}
