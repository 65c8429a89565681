package server

import (
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/config"
	"github.com/distributedstorage/ds/internal/ring"
)

// Config is what a server is told once.
type Config struct {
	Router string // address to dial, host:port
	Number ring.Server
	Data   string // folder of the volume
	FS     vfs.FS // of Data; nil = the operating system's

	Log     *zap.Logger           // nil = nothing is logged
	Metrics prometheus.Registerer // nil = metrics are counted and not shown

	// For tests; 0 = the default.
	RetryFirst time.Duration // before the router is dialled again; it doubles up to RetryMost
	RetryMost  time.Duration
}

const (
	retryFirst = 50 * time.Millisecond
	retryMost  = time.Second
	// stopTimeout is how long an orderly stop may take, all in all.
	stopTimeout = 10 * time.Second
	// farewellTimeout is the part of it that a router may take to read the last answers.
	farewellTimeout = 2 * time.Second
	// dialTimeout is how long a connection may take to come about.
	dialTimeout = 2 * time.Second
	// helloTimeout is how long a router may take to answer a hello: it syncs its journal, and waits for
	// the end of an older link, which it may have to find silent first.
	helloTimeout = 10 * time.Second

	// Past any of them, no further requests are read until answers have left.
	maxAnswers     = 1 << 16
	maxAnswerBytes = 32 << 20
	// maxLargeBytes is the same for large values, which a router asks for only as far as it has room.
	maxLargeBytes = 160 << 20
	// keepOut is what the outbox of a link may keep for reuse, in bytes.
	keepOut = 1 << 20
)

// FromSettings is the configuration of a server with the program's settings.
func FromSettings(s config.Server, log *zap.Logger, metrics prometheus.Registerer) Config {
	return Config{Router: s.Router, Number: s.Number, Data: s.Data, Log: log, Metrics: metrics}
}
