package stories

import (
	"context"
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/embed"
	"github.com/distributedstorage/ds/embed/embedtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func limit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), embedtest.Limit)
	t.Cleanup(cancel)
	return ctx
}

func start(t *testing.T) *embedtest.Cluster { return embedtest.New(t, embed.RouterConfig{}) }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write sets a few keys with every server as home, and gives them.
func write(t *testing.T, c *embedtest.Cluster, word string) []embedtest.Pair {
	t.Helper()
	var pairs []embedtest.Pair
	for home := range 3 {
		for i := range 5 {
			pairs = append(pairs, set(t, c, 0, c.Key(0, home, i), fmt.Sprint(word, " ", home, " ", i)))
		}
	}
	return pairs
}

func set(t *testing.T, c *embedtest.Cluster, database int, key, value string) embedtest.Pair {
	t.Helper()
	check(t, c.Client(database).Set(limit(t), key, []byte(value)))
	return embedtest.Pair{Database: database, Key: key, Value: []byte(value)}
}

func remove(t *testing.T, c *embedtest.Cluster, database int, key string) embedtest.Pair {
	t.Helper()
	_, err := c.Client(database).Delete(limit(t), key)
	check(t, err)
	return embedtest.Pair{Database: database, Key: key}
}

// copyOf is a server's part of DS WHY.
func copyOf(t *testing.T, w client.Why, server int) client.Copy {
	t.Helper()
	for _, c := range w.Copies {
		if c.Server == server {
			return c
		}
	}
	t.Fatalf("server %d is no copy: %s", server, embedtest.Describe(w))
	return client.Copy{}
}
