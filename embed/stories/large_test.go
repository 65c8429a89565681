package stories

import (
	"bytes"
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/embed"
	"github.com/distributedstorage/ds/embed/embedtest"
)

const largest = 64 << 20

// patient takes no server for silent: the store is one process here, and with the race detector on a busy machine it is seconds until one of
// 64 MiB has been summed.
var patient = embed.RouterConfig{MaxValue: largest, Deadline: 5 * time.Second, AwayAfter: 20 * time.Second}

// random is n bytes that no compression makes small.
func random(n int, seed uint64) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b)
	return b
}

func rawClient(t *testing.T, c *embedtest.Cluster) *redis.Client {
	rdb := redis.NewClient(&redis.Options{Addr: c.Router().ClientsAddr(), MaxRetries: -1,
		ReadTimeout: embedtest.Limit, WriteTimeout: embedtest.Limit})
	t.Cleanup(func() { rdb.Close() })
	return rdb
}

func long(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 2*embedtest.Limit)
	t.Cleanup(cancel)
	return ctx
}

// The largest values, with any Redis client: written, read whole and in part, appended to, replaced.
func TestLargestValues(t *testing.T) {
	c := embedtest.New(t, patient)
	rdb, ctx := rawClient(t, c), long(t)
	value := random(largest-5, 1)
	check(t, rdb.Set(ctx, "k", value, 0).Err())
	same(t, rdb, "k", value)
	check(t, rdb.Append(ctx, "k", "12345").Err())
	value = append(value, "12345"...)
	same(t, rdb, "k", value)
	if err := rdb.Append(ctx, "k", "6").Err(); err == nil || !strings.Contains(err.Error(), "maximum allowed size") {
		t.Errorf("one byte past the limit: %v", err)
	}
	if n, err := rdb.StrLen(ctx, "k").Result(); err != nil || n != largest {
		t.Errorf("length %d, %v", n, err)
	}
	old, err := rdb.SetArgs(ctx, "k", "small", redis.SetArgs{Get: true}).Bytes()
	if err != nil || !bytes.Equal(old, value) {
		t.Errorf("SET GET gives %d bytes, %v", len(old), err)
	}
	same(t, rdb, "k", []byte("small"))
}

// A server is away: the journal keeps the value, and early correction pays it, also after the router was killed.
func TestLargeValueIsOwed(t *testing.T) {
	c := embedtest.New(t, patient)
	key := c.Key(0, 0, 0)
	value := random(largest/8, 2)
	c.StopServer(0)
	check(t, rawClient(t, c).Set(long(t), key, value, 0).Err())
	c.KillRouter()
	c.StartRouter()
	same(t, rawClient(t, c), key, value)
	c.StopServer(1) // the only holder beside the journal
	c.StartServer(0)
	c.AwaitState(0, client.InSync)
	same(t, rawClient(t, c), key, value)
	c.StartServer(1)
	c.AssertEverywhere(embedtest.Pair{Key: key, Value: value})
}

// A wiped server is refilled.
func TestLargeValueOnAWipedServer(t *testing.T) {
	c := embedtest.New(t, patient)
	key := c.Key(0, 0, 0)
	value := random(largest/8, 3)
	check(t, rawClient(t, c).Set(long(t), key, value, 0).Err())
	c.StopServer(0)
	c.WipeServer(0)
	c.StartServer(0)
	c.AwaitState(0, client.InSync)
	c.AssertEverywhere(embedtest.Pair{Key: key, Value: value})
}

// A server is killed while it is being sent the value: the write counts, and the server gets it later.
func TestKillInTheMiddleOfALargeValue(t *testing.T) {
	c := embedtest.New(t, patient)
	key := c.Key(0, 0, 0)
	value := random(largest, 4)
	rdb := rawClient(t, c)
	done := make(chan error, 1)
	go func() { done <- rdb.Set(long(t), key, value, 0).Err() }()
	c.AwaitCount("large_values", 1)
	c.KillServer(0)
	check(t, <-done)
	same(t, rdb, key, value)
	c.StartServer(0)
	c.AwaitState(0, client.InSync)
	c.AssertEverywhere(embedtest.Pair{Key: key, Value: value})
}

// Small requests pass a value that is being sent.
func TestSmallRequestsPassALargeValue(t *testing.T) {
	c := embedtest.New(t, patient)
	large, small := c.Key(0, 0, 0), c.Key(0, 0, 1)
	rdb, other := rawClient(t, c), rawClient(t, c)
	check(t, other.Set(t.Context(), small, "v", 0).Err())
	value := random(largest, 5)
	done := make(chan error, 1)
	began := time.Now()
	go func() { done <- rdb.Set(long(t), large, value, 0).Err() }()
	var slowest time.Duration
	reads := 0
	for {
		select {
		case err := <-done:
			check(t, err)
			t.Logf("64 MiB took %v; %d reads of another key meanwhile, the slowest %v", time.Since(began), reads, slowest)
			if reads < 3 {
				t.Errorf("only %d reads meanwhile", reads)
			}
			return
		default:
		}
		at := time.Now()
		check(t, other.Get(t.Context(), small).Err())
		slowest = max(slowest, time.Since(at))
		reads++
	}
}

// A read sent before a write of the same key, on one connection and without waiting, shows what was there before, though
// nobody can tell that it is large before it was found.
func TestPipelinedReadBeforeALargeWrite(t *testing.T) {
	c := embedtest.New(t, patient)
	rdb, ctx := rawClient(t, c).Conn(), long(t)
	defer rdb.Close()
	before := random(1<<20, 6)
	check(t, rdb.Set(ctx, "k", before, 0).Err())
	check(t, rdb.Set(ctx, "small", "v", 0).Err())
	for round := range 10 {
		for range 20 { // from here on the next value is taken for a small one
			check(t, rdb.Get(ctx, "small").Err())
		}
		after := random(1<<20+round, uint64(7+round))
		pipe := rdb.Pipeline()
		got := pipe.Get(ctx, "k")
		pipe.Set(ctx, "k", after, 0)
		_, err := pipe.Exec(ctx)
		check(t, err)
		if b, _ := got.Bytes(); !bytes.Equal(b, before) {
			t.Fatalf("round %d: the read shows %d bytes, which are the later ones: %v", round, len(b), bytes.Equal(b, after))
		}
		before = after
	}
}

func same(t *testing.T, rdb *redis.Client, key string, want []byte) {
	t.Helper()
	got, err := rdb.Get(long(t), key).Bytes()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%q is %d bytes, %v; want %d", key, len(got), err, len(want))
	}
}
