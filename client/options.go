package client

import "time"

// Option changes a setting of New.
type Option func(*settings)

type settings struct {
	addr       string
	database   int
	password   string
	timeout    time.Duration
	heartbeat  time.Duration
	queueBytes int64
	storeBytes int64
	failed     func(key string, err error)
}

func defaults(addr string) settings {
	return settings{
		addr: addr, timeout: 10 * time.Second, heartbeat: 250 * time.Millisecond,
		queueBytes: 32 << 20, storeBytes: 64 << 20,
	}
}

// Database is the number of the database that the client works on. Default 0.
func Database(n int) Option { return func(s *settings) { s.database = n } }

// Password is what the router's requirepass asks for. Default none.
func Password(p string) Option { return func(s *settings) { s.password = p } }

// Timeout bounds the wait for one answer of the router; past it the connection counts as lost. Default 10 s,
// well above the router's own deadline of 500 ms.
func Timeout(d time.Duration) Option { return func(s *settings) { s.timeout = d } }

// Heartbeat is how often an idle connection is checked, and the shortest pause between attempts to
// connect. Default 250 ms.
func Heartbeat(d time.Duration) Option { return func(s *settings) { s.heartbeat = d } }

// QueueBytes bounds what waits to be sent or answered: keys, values and 128 bytes each. Past it Send calls
// get ErrFull and calls with a context wait. Default 32 MiB.
func QueueBytes(n int64) Option { return func(s *settings) { s.queueBytes = n } }

// StoreBytes bounds the local store of answers that were not taken yet. Past it SendGet gets ErrFull,
// and an answer that does not fit any more is replaced by ErrFull. Default 64 MiB.
func StoreBytes(n int64) Option { return func(s *settings) { s.storeBytes = n } }

// OnSetFailed has f called for every SendSet that the router did not acknowledge. Calls come one at a time, in
// order, from the client's own goroutine: f must be quick, and may call only Send methods of the client.
func OnSetFailed(f func(key string, err error)) Option { return func(s *settings) { s.failed = f } }
