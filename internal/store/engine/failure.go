package engine

import (
	"errors"
	"fmt"
	"runtime"
)

// stuckError is the answer of Close when Pebble may hold its own locks.
type stuckError struct {
	dir   string
	cause error
}

func (e *stuckError) Error() string {
	return fmt.Sprintf("volume %s: locked until the process ends, after: %v", e.dir, e.cause)
}

func (e *stuckError) Unwrap() error { return e.cause }

// panicError is the error that Pebble panicked with. Anything else is a broken invariant, not a
// broken disk, and goes on.
func panicError(p any) error {
	err, ok := p.(error)
	if !ok {
		panic(p)
	}
	var bug runtime.Error
	if errors.As(err, &bug) {
		panic(p)
	}
	return err
}

// fail makes an error final. The first one stays if there are several, but one stuck is stuck.
func (s *Store) fail(err error, stuck bool) error {
	err = fmt.Errorf("volume %s: %w; it must be reopened and verified", s.dir, err)
	if s.failed.CompareAndSwap(nil, &failure{err: err, stuck: stuck}) {
		s.logf("%v", err)
		return err
	}
	for stuck {
		f := s.failed.Load()
		if f.stuck || s.failed.CompareAndSwap(f, &failure{err: f.err, stuck: true}) {
			break
		}
	}
	return s.err()
}

// recovered is deferred around calls that write. Pebble reports a failed log by panicking: through
// its logger when its locks are free, with the bare error when they may not be.
func (s *Store) recovered(err *error) {
	p := recover()
	if p == nil {
		return
	}
	if f, ok := p.(fatal); ok {
		*err = s.fail(f, false)
		return
	}
	*err = s.fail(panicError(p), true)
}
