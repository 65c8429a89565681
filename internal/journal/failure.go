package journal

import (
	"errors"
	"fmt"
	"runtime"
)

// errEnded is reported when Pebble ended a goroutine without a word.
var errEnded = errors.New("the store library ended the operation")

// pebbleLogger receives Pebble's fatal errors. Those of the disk never reach it (see fence); of any other Pebble
// expects that the process ends. Here the goroutine ends, and the failure is final.
type pebbleLogger struct{ j *Journal }

func (l pebbleLogger) Infof(string, ...any)  {}
func (l pebbleLogger) Errorf(string, ...any) {}

func (l pebbleLogger) Fatalf(format string, args ...any) {
	l.j.fail(fmt.Errorf(format, args...))
	runtime.Goexit()
}

// guard runs f, which a failure may end or hold for good, beside the caller.
func (j *Journal) guard(f func() error) error {
	result := make(chan error, 1)
	go func() {
		err := errEnded
		defer func() { result <- err }()
		err = f()
	}()
	select {
	case err := <-result:
		if errors.Is(err, errEnded) {
			return j.Err()
		}
		return err
	case <-j.failed:
		return j.Err()
	}
}

// Err is the failure that ended the journal, or nil.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.mu.failure
}

// fail makes the first failure final and reports it. Nothing is taken or reported as synced afterwards, and
// nothing changes the disk. The report has a goroutine of its own, because Pebble may hold locks here.
func (j *Journal) fail(cause error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.mu.failure != nil {
		return
	}
	j.fence.raise()
	j.mu.failure = fmt.Errorf("journal %s failed: %w; free or mend its disk: it is opened again and verified by itself", j.dir, cause)
	close(j.failed)
	if j.report != nil {
		go j.report(&Report{Err: j.mu.failure})
	}
}
