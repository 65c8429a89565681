package router

import (
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/coord"
)

// Config is what a router is told once.
type Config struct {
	Servers string // address for servers, such as ":7400"; port 0 = the kernel chooses
	Clients string // address for clients
	Data    string // folder of the journal
	FS      vfs.FS // of Data; nil = the operating system's

	// Core is the core's configuration; identity and epoch come from the journal.
	Core coord.Config

	Password   string // that clients must give; empty = none
	MaxKey     int    // bytes
	MaxClients int
	// RequestBytes bounds what clients have sent and not been answered, in bytes; past it those that cause it are read
	// no further. 0 = the client port's default.
	RequestBytes int64
	// AnswerBytes bounds what clients asked for and have not taken, likewise. Values above 32 KiB may pass it by
	// Core.LargeBytes.
	AnswerBytes int64

	Log     *zap.Logger           // nil = nothing is logged
	Metrics prometheus.Registerer // nil = metrics are counted and not shown
}
