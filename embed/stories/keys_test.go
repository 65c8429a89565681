package stories

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/embed"
	"github.com/distributedstorage/ds/embed/embedtest"
)

func TestSameKeyInSeveralDatabases(t *testing.T) {
	c := start(t)
	var pairs []embedtest.Pair
	for db := range 16 {
		pairs = append(pairs, set(t, c, db, "key", fmt.Sprint("in ", db)))
	}
	pairs[3] = remove(t, c, 3, "key")
	c.AssertEverywhere(pairs...)
}

func TestNoSuchKeyAndAnswerNotArrived(t *testing.T) {
	db := start(t).Client(0)
	if _, err := db.Get("k"); !errors.Is(err, client.ErrNotArrived) {
		t.Errorf("nothing was asked: %v", err)
	}
	check(t, db.SendGet("k"))
	if _, err := db.Wait(limit(t), "k"); !errors.Is(err, client.ErrNoKey) {
		t.Errorf("no such key: %v", err)
	}
	check(t, db.SendSet("k", []byte("v")))
	check(t, db.SendGet("k"))
	if v, err := db.Wait(limit(t), "k"); err != nil || string(v) != "v" {
		t.Errorf("%q, %v", v, err)
	}
	if _, err := db.Get("k"); !errors.Is(err, client.ErrNotArrived) {
		t.Errorf("taken twice: %v", err)
	}
}

func TestKeysOfEachDatabase(t *testing.T) {
	c := start(t)
	want := map[int][]string{}
	for db := range 3 {
		for i := range 100 * db {
			key := fmt.Sprintf("%d-%04d", db, i)
			want[db] = append(want[db], key)
			check(t, c.Client(db).SendSet(key, []byte("v")))
		}
		check(t, c.Client(db).Settle(limit(t)))
	}
	assertKeys := func() {
		t.Helper()
		for db, keys := range want {
			check(t, c.Client(db).SendGetKeys())
			got, err := c.Client(db).WaitKeys(limit(t))
			check(t, err)
			list, err := c.Client(db).List(limit(t))
			check(t, err)
			slices.Sort(got)
			slices.Sort(list)
			if !slices.Equal(got, keys) || !slices.Equal(list, keys) {
				t.Errorf("database %d: %d keys seen, %d listed, want %d", db, len(got), len(list), len(keys))
			}
		}
	}
	assertKeys()
	c.StopServer(1) // one copy of each is enough
	remove(t, c, 2, want[2][0])
	want[2] = want[2][1:]
	assertKeys()
}

// With all servers of some keys away, Keys gives what can be seen.
func TestKeysThatCanBeSeenNow(t *testing.T) {
	c := start(t)
	hidden := set(t, c, 0, c.Key(0, 0, 0), "on 0 and 1")
	seen := set(t, c, 0, c.Key(0, 1, 0), "on 1 and 2")
	c.AwaitConverged()
	c.StopServer(0, 1)
	check(t, c.Client(0).SendGetKeys())
	got, err := c.Client(0).WaitKeys(limit(t))
	check(t, err)
	if !slices.Equal(got, []string{seen.Key}) {
		t.Errorf("seen %q, hidden is %q", got, hidden.Key)
	}
	if len(c.Client(0).Keys()) != 0 {
		t.Error("the answer can be read twice")
	}
}

func TestLengthLimits(t *testing.T) {
	const maxKey, maxValue = 1 << 10, 1 << 20
	c := embedtest.New(t, embed.RouterConfig{MaxKey: maxKey, MaxValue: maxValue})
	db := c.Client(0)
	key, value := string(bytes.Repeat([]byte("k"), maxKey)), bytes.Repeat([]byte("v"), maxValue)
	longest := set(t, c, 0, key, string(value))
	if err := db.Set(limit(t), key+"k", []byte("v")); !errors.Is(err, client.ErrRefused) {
		t.Errorf("a key that is too long: %v", err)
	}
	if err := db.Set(limit(t), "k", append(value, 'v')); !errors.Is(err, client.ErrRefused) {
		t.Errorf("a value that is too long: %v", err)
	}
	if _, err := db.Fetch(limit(t), "k"); !errors.Is(err, client.ErrNoKey) {
		t.Errorf("after a refused write: %v", err)
	}
	if !db.Connected() {
		t.Error("the connection did not live on")
	}
	empty := set(t, c, 0, "", "")
	c.AssertEverywhere(longest, embedtest.Pair{Key: empty.Key, Value: []byte{}})
}
