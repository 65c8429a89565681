package leftover

import "go.uber.org/goleak"

const pebble = "github.com/cockroachdb/pebble/v2"

// FailedJournal is what a failed journal leaves: the store library's goroutines, held at the fence.
func FailedJournal() []goleak.Option {
	return []goleak.Option{
		goleak.IgnoreAnyFunction("github.com/distributedstorage/ds/internal/journal.(*fence).hold"),
		goleak.IgnoreAnyFunction(pebble + ".(*commitPipeline).publish"),
		goleak.IgnoreAnyFunction(pebble + ".(*ConcurrencyLimitScheduler).periodicGranter"),
		goleak.IgnoreAnyFunction(pebble + ".(*cleanupManager).mainLoop"),
		goleak.IgnoreAnyFunction(pebble + ".(*DB).compact"), // these wait for what a held one has locked
		goleak.IgnoreAnyFunction(pebble + ".(*DB).flush"),
		goleak.IgnoreAnyFunction(pebble + ".(*DB).collectTableStats"),
		goleak.IgnoreAnyFunction(pebble + "/record.(*LogWriter).flushLoop"),
		goleak.IgnoreAnyFunction(pebble + "/internal/genericcache.(*shard[...]).releaseLoop"),
	}
}

// ClosedPool is a pool of a client's connections that was closed while nobody answered: it looks after it once more, within a second.
func ClosedPool() goleak.Option {
	return goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial")
}
