package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/history"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/payload"
	"github.com/distributedstorage/ds/chaos/view"
)

// Breaker takes services away and brings them back, by name.
type Breaker interface {
	Kill(ctx context.Context, service string) error
	Stop(ctx context.Context, service string) error // in an orderly way
	Start(ctx context.Context, service string) error
}

// Audit looks at one store.
type Audit struct {
	Stack   Breaker
	Address string
	Servers int
	Service func(number int) string          // a server's
	Router  string                           // the router's service
	Say     func(format string, args ...any) // progress, for people
	Limit   time.Duration                    // for each wait
}

// Run asks what version each copy has, then reads each server's copies while it is the only one up, and last every key
// through the router, recording the reads: no earlier, since a read may mend what it meets. It leaves all the servers in sync.
func (a Audit) Run(ctx context.Context, keys map[int][]string, recorder *history.Recorder) (check.Final, error) {
	final := check.Final{}
	err := eachDatabase(a.Address, keys, func(client *redis.Client, database int, list []string) error {
		a.Say("asking after the copies of %d keys of database %d", len(list), database)
		return a.askCopies(ctx, client, database, list, final)
	})
	if err != nil {
		return nil, err
	}
	for s := range a.Servers {
		if err := a.alone(ctx, s, keys, final); err != nil {
			return nil, fmt.Errorf("reading server %d alone: %w", s, err)
		}
	}
	a.Say("reading all keys with all servers up")
	return final, Reads(ctx, a.Address, keys, recorder)
}

// Reads reads every key through the router with all servers up, and records it.
func Reads(ctx context.Context, address string, keys map[int][]string, recorder *history.Recorder) error {
	return eachDatabase(address, keys, func(client *redis.Client, database int, list []string) error {
		return readAll(ctx, client, database, list, recorder)
	})
}

// patience is the time for the answers to one pipeline: the audit asks what is, and judges no latency.
const patience = 30 * time.Second

// eachDatabase calls f with a client of each database that has keys.
func eachDatabase(address string, keys map[int][]string, f func(*redis.Client, int, []string) error) error {
	for database, list := range keys {
		client := load.Client(address, database)
		err := f(client.WithTimeout(patience), database, list)
		client.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

const batch = 500 // commands of one pipeline

// inBatches cuts the keys into pipelines; read sees the reply to each key.
func inBatches(ctx context.Context, client *redis.Client, keys []string,
	ask func(redis.Pipeliner, string) redis.Cmder, read func(string, redis.Cmder) error) error {
	for len(keys) > 0 {
		now := keys[:min(batch, len(keys))]
		keys = keys[len(now):]
		pipe := client.Pipeline()
		replies := make([]redis.Cmder, len(now))
		for i, key := range now {
			replies[i] = ask(pipe, key)
		}
		_, _ = pipe.Exec(ctx) // the first error among the replies, which are looked at one by one
		for i, key := range now {
			if err := read(key, replies[i]); err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
		}
	}
	return nil
}

func askGet(ctx context.Context) func(redis.Pipeliner, string) redis.Cmder {
	return func(pipe redis.Pipeliner, key string) redis.Cmder { return pipe.Get(ctx, key) }
}

// readAll reads with all the servers up: these reads belong to the history, they must be as fresh as any.
func readAll(ctx context.Context, client *redis.Client, database int, keys []string, recorder *history.Recorder) error {
	log := recorder.Log()
	invoke := recorder.Now()
	return inBatches(ctx, client, keys, askGet(ctx), func(key string, reply redis.Cmder) error {
		value, err := valueOf(reply)
		if err != nil {
			return fmt.Errorf("a read of the healed store: %w", err)
		}
		log.Add(history.Operation{Kind: history.Read, Key: load.Name(database, key), Value: value, Invoke: invoke, Return: recorder.Now()})
		return nil
	})
}

func valueOf(reply redis.Cmder) (string, error) {
	value, err := reply.(*redis.StringCmd).Result()
	if err == redis.Nil {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return payload.Read(value), nil
}

// Placement is the servers that hold each key, by the key's name in the history.
func (a Audit) Placement(ctx context.Context, keys map[int][]string) (map[string][]int, error) {
	placed := map[string][]int{}
	err := eachDatabase(a.Address, keys, func(client *redis.Client, database int, list []string) error {
		final := check.Final{}
		err := a.askCopies(ctx, client, database, list, final)
		for name, k := range final {
			for _, c := range k.Copies {
				placed[name] = append(placed[name], c.Server)
			}
		}
		return err
	})
	return placed, err
}

func (a Audit) askCopies(ctx context.Context, client *redis.Client, database int, keys []string, final check.Final) error {
	ask := func(pipe redis.Pipeliner, key string) redis.Cmder { return pipe.Do(ctx, "DS", "WHY", key) }
	return inBatches(ctx, client, keys, ask, func(key string, reply redis.Cmder) error {
		why, err := view.ReadWhy(reply.(*redis.Cmd))
		if err != nil {
			return err
		}
		k := check.Key{Buffered: why.Buffered}
		for _, c := range why.Copies {
			k.Copies = append(k.Copies, check.Copy{
				Server: c.Server, Known: c.Known, Owed: c.Owed, Version: c.Version, Kind: c.Kind, Checksum: c.Checksum,
				Fault: "it was never read alone",
			})
		}
		final[load.Name(database, key)] = k
		return nil
	})
}
