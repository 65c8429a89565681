package check

import (
	"runtime"
	"sort"
	"sync"
	"time"

	"github.com/distributedstorage/ds/chaos/history"
)

// Options bound the check.
type Options struct {
	// Copies is how many servers hold each key.
	Copies int
	// Timeout is for one key's linearizability; without an answer in it the run has failed. 0 = 20 s.
	Timeout time.Duration
}

// Run checks the history and the final state; no finding means that every promise was kept. Keys of the
// history that are missing in final have lost all their copies.
func Run(ops []history.Operation, final Final, o Options) []Finding {
	if o.Timeout == 0 {
		o.Timeout = 20 * time.Second
	}
	registers := split(ops)
	keys := make([]string, 0, len(registers))
	for key := range registers {
		keys = append(keys, key)
	}
	sort.Strings(keys)

	var mu sync.Mutex
	var all []Finding
	each(keys, func(key string) {
		found := registers[key].check(final, o)
		mu.Lock()
		defer mu.Unlock()
		all = append(all, found...)
	})
	sortFindings(all)
	return all
}

func (r *register) check(final Final, o Options) []Finding {
	state := final[r.key]
	found := r.noLoss(state)
	found = append(found, r.noGhost(state)...)
	found = append(found, r.fresh(o.Timeout)...)
	if len(state.Copies) > 0 {
		found = append(found, conv(r.key, state, o.Copies)...)
	}
	return found
}

// each calls f for every key, on all cores.
func each(keys []string, f func(string)) {
	work := make(chan string)
	var done sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		done.Add(1)
		go func() {
			defer done.Done()
			for key := range work {
				f(key)
			}
		}()
	}
	for _, key := range keys {
		work <- key
	}
	close(work)
	done.Wait()
}
