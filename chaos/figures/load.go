package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// load is clients that work until they are stopped, each with batches of commands.
type load struct {
	stop  context.CancelFunc
	done  sync.WaitGroup
	began time.Time
	count atomic.Int64

	mu struct {
		sync.Mutex
		took   []time.Duration // of batches, from when they were due
		faults map[string]int
	}
}

// work is what clients do.
type work struct {
	rate   float64 // batches a second of all clients; 0 = as fast as they can
	keys   int     // drawn from so many
	reads  int     // of 100 commands
	single bool    // one command a batch
	value  []byte
}

// begin starts the clients. A batch that comes late because the one before was slow counts from when it was due.
func begin(ctx context.Context, c *cluster, f *flags, w work) *load {
	l := &load{began: time.Now()}
	l.mu.faults = map[string]int{}
	ctx, l.stop = context.WithCancel(ctx)
	for i := range f.Workers {
		client := redis.NewClient(&redis.Options{
			Addr: c.clients, MaxRetries: -1, PoolSize: 1, ReadTimeout: 30 * time.Second, DisableIdentity: true,
		})
		rng := rand.New(rand.NewPCG(uint64(i), 7))
		depth := f.Depth
		if w.single {
			depth = 1
		}
		l.done.Go(func() {
			defer client.Close()
			l.client(ctx, client, rng, depth, f.Workers, w)
		})
	}
	return l
}

func (l *load) client(ctx context.Context, client *redis.Client, rng *rand.Rand, depth, workers int, w work) {
	step := time.Duration(0)
	if w.rate > 0 {
		step = time.Duration(float64(workers) / w.rate * float64(time.Second))
	}
	due := time.Now().Add(time.Duration(rng.Float64() * float64(step)))
	for ctx.Err() == nil {
		if step == 0 {
			due = time.Now()
		} else if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		err := batch(client, rng, depth, w)
		l.note(time.Since(due), depth, err)
		due = due.Add(step)
	}
}

func batch(client *redis.Client, rng *rand.Rand, depth int, w work) error {
	ctx := context.Background() // never cut short
	p := client.Pipeline()
	for range depth {
		key := loadKey(rng.IntN(w.keys))
		if rng.IntN(100) < w.reads {
			p.Get(ctx, key)
		} else {
			p.Set(ctx, key, w.value, 0)
		}
	}
	_, err := p.Exec(ctx)
	if err == redis.Nil {
		return nil
	}
	return err
}

func loadKey(n int) string { return fmt.Sprintf("load:%09d", n) }

func (l *load) note(took time.Duration, commands int, err error) {
	l.count.Add(int64(commands))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.took = append(l.mu.took, took)
	if err != nil {
		l.mu.faults[err.Error()]++
	}
}

// report is what a load saw since it began or since the last report.
type report struct {
	perSecond           float64
	half, most99, worst time.Duration
	faults              map[string]int
}

func (r report) String() string {
	s := fmt.Sprintf("%.0f commands/s, batches p50 %s p99 %s longest %s", r.perSecond,
		r.half.Round(10*time.Microsecond), r.most99.Round(10*time.Microsecond), r.worst.Round(10*time.Microsecond))
	for text, n := range r.faults {
		s += fmt.Sprintf("; %d × %s", n, text)
	}
	return s
}

// take gives the report so far and starts the next.
func (l *load) take() report {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := report{perSecond: float64(l.count.Swap(0)) / time.Since(l.began).Seconds(), faults: l.mu.faults}
	if took := l.mu.took; len(took) > 0 {
		slices.Sort(took)
		r.half, r.most99, r.worst = took[len(took)/2], took[len(took)*99/100], took[len(took)-1]
	}
	l.mu.took, l.mu.faults, l.began = nil, map[string]int{}, time.Now()
	return r
}

func (l *load) end() report {
	r := l.take()
	l.stop()
	l.done.Wait()
	return r
}

// measure lets clients work for a while.
func measure(ctx context.Context, c *cluster, f *flags, w work, d time.Duration) report {
	l := begin(ctx, c, f, w)
	pause(ctx, d)
	return l.end()
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// fill writes keys from first on, each once, as fast as the store takes them.
func fill(ctx context.Context, c *cluster, f *flags, first, count int, value []byte) error {
	var next atomic.Int64
	next.Store(int64(first))
	errs := make(chan error, f.Workers)
	for range f.Workers {
		go func() {
			client := redis.NewClient(&redis.Options{Addr: c.clients, PoolSize: 1, ReadTimeout: 30 * time.Second, DisableIdentity: true})
			defer client.Close()
			errs <- fillSome(ctx, client, &next, int64(first+count), value)
		}()
	}
	var err error
	for range f.Workers {
		if e := <-errs; e != nil {
			err = e
		}
	}
	return err
}

const fillDepth = 256

func fillSome(ctx context.Context, client *redis.Client, next *atomic.Int64, end int64, value []byte) error {
	for ctx.Err() == nil {
		from := next.Add(fillDepth) - fillDepth
		if from >= end {
			return nil
		}
		p := client.Pipeline()
		for n := from; n < min(from+fillDepth, end); n++ {
			p.Set(ctx, fmt.Sprintf("debt:%011d", n), value, 0)
		}
		if _, err := p.Exec(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}
