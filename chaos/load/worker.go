package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/distributedstorage/ds/chaos/history"
	"github.com/distributedstorage/ds/chaos/payload"
)

// Options shape the load.
type Options struct {
	Address   string
	Seed      uint64
	Workers   int
	Rate      int // operations a second of one worker, at most
	HotKeys   int // keys of each database that many clients write, read and delete
	Databases int
	MaxValue  int    // bytes
	Prefix    string // of every key, so that runs on one store have keys of their own
	Kept      int    // keys of each database that Fill writes, and nobody writes again
}

// KeptKeys are those that nobody writes once the run has begun, by database.
func (o Options) KeptKeys() map[int][]string {
	keys := map[int][]string{}
	for database := range o.Databases {
		for n := range o.Kept {
			keys[database] = append(keys[database], o.kept(n))
		}
	}
	return keys
}

func (o Options) kept(n int) string { return fmt.Sprintf("%skept-%d", o.Prefix, n) }

// AllHot are the keys that everybody fights over, by database.
func (o Options) AllHot() map[int][]string {
	keys := map[int][]string{}
	for database := range o.Databases {
		for n := range o.HotKeys {
			keys[database] = append(keys[database], o.hot(n))
		}
	}
	return keys
}

func (o Options) hot(n int) string { return fmt.Sprintf("%shot-%d", o.Prefix, n) }

// Run works until the context ends. Half of the writes go to keys that are written only once, so that no later
// write can hide a loss; the other half to keys that everybody fights over.
func Run(ctx context.Context, o Options, recorder *history.Recorder) error {
	var workers errgroup.Group
	for i := range o.Workers {
		w := newWorker(o, recorder, i, i%o.Databases)
		workers.Go(func() error {
			defer w.client.Close()
			w.run(ctx)
			return nil
		})
	}
	return workers.Wait()
}

// Fill writes the keys that nobody writes again. Each must be acknowledged.
func Fill(o Options, recorder *history.Recorder) error {
	for database := range o.Databases {
		w := newWorker(o, recorder, database, database)
		defer w.client.Close()
		for n := range o.Kept {
			w.count++
			w.write(o.kept(n))
		}
		for _, op := range w.log.Operations() {
			if op.Outcome != history.OK {
				return fmt.Errorf("filling the store: the write of %s ended with %q", op.Key, op.Fault)
			}
		}
	}
	return nil
}

func newWorker(o Options, recorder *history.Recorder, name, database int) *worker {
	return &worker{
		o: o, database: database, log: recorder.Log(), clock: recorder,
		rng: rand.New(rand.NewPCG(o.Seed, uint64(name))), name: name, client: Client(o.Address, database),
	}
}

// worker is one goroutine's client.
type worker struct {
	o        Options
	name     int
	database int
	client   *redis.Client
	log      *history.Log
	clock    *history.Recorder
	rng      *rand.Rand
	count    int
	once     []string // the newest keys that this worker wrote once
}

func (w *worker) run(ctx context.Context) {
	pace := time.NewTicker(time.Second / time.Duration(w.o.Rate))
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
			w.step()
		}
	}
}

// step draws one operation. It is not cut short when the run ends: its outcome would be lost for nothing.
func (w *worker) step() {
	w.count++
	switch n := w.rng.IntN(100); {
	case n < 30:
		key := fmt.Sprintf("%sonce-%d-%d", w.o.Prefix, w.name, w.count)
		w.once = append(w.once[max(0, len(w.once)-63):], key)
		w.write(key)
	case n < 55:
		w.write(w.hot())
	case n < 60:
		w.remove(w.hot())
	case n < 70 && len(w.once) > 0:
		w.read(w.once[w.rng.IntN(len(w.once))])
	case n < 75 && w.o.Kept > 0:
		w.read(w.o.kept(w.rng.IntN(w.o.Kept)))
	default:
		w.read(w.hot())
	}
}

func (w *worker) hot() string { return w.o.hot(w.rng.IntN(w.o.HotKeys)) }

func (w *worker) write(key string) {
	id := payload.ID(w.log.Client(), w.count)
	value := payload.Make(id, 32+w.rng.IntN(w.o.MaxValue))
	w.record(history.Operation{Kind: history.Write, Key: key, Value: id}, func(ctx context.Context, _ *history.Operation) error {
		return w.client.Set(ctx, key, value, 0).Err()
	})
}

func (w *worker) remove(key string) {
	w.record(history.Operation{Kind: history.Delete, Key: key}, func(ctx context.Context, _ *history.Operation) error {
		return w.client.Del(ctx, key).Err()
	})
}

func (w *worker) read(key string) {
	w.record(history.Operation{Kind: history.Read, Key: key}, func(ctx context.Context, op *history.Operation) error {
		value, err := w.client.Get(ctx, key).Result()
		if err == nil {
			op.Value = payload.Read(value)
		}
		return err
	})
}

// record times the operation and notes its outcome.
func (w *worker) record(op history.Operation, do func(context.Context, *history.Operation) error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*ReplyTimeout)
	defer cancel()
	op.Key = Name(w.database, op.Key)
	op.Invoke = w.clock.Now()
	err := do(ctx, &op)
	op.Return = w.clock.Now()
	op.Outcome, op.Fault = classify(err)
	w.log.Add(op)
}
