package journal

import (
	"testing"

	"go.uber.org/goleak"
)

// A failed journal leaves the store library's goroutines behind, held at the fence; all else must end.
func TestMain(m *testing.M) {
	const pebble = "github.com/cockroachdb/pebble/v2"
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/distributedstorage/ds/internal/journal.hold"),
		goleak.IgnoreAnyFunction(pebble+".(*commitPipeline).publish"),
		goleak.IgnoreAnyFunction(pebble+".(*ConcurrencyLimitScheduler).periodicGranter"),
		goleak.IgnoreAnyFunction(pebble+".(*cleanupManager).mainLoop"),
		goleak.IgnoreAnyFunction(pebble+"/record.(*LogWriter).flushLoop"),
		goleak.IgnoreAnyFunction(pebble+"/internal/genericcache.(*shard[...]).releaseLoop"))
}
