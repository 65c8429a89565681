package respserver

import (
	"time"

	"github.com/distributedstorage/ds/internal/resp"
)

// Config is what a client port is told once. Zero values are DefaultConfig's where they would make no sense.
type Config struct {
	Addr     string // to listen on; port 0 = the kernel chooses
	Engine   Engine
	Limits   resp.Limits
	Password string // that clients must give; empty = none
	// AppendFsync is what CONFIG tells of the durability, in Redis' words: always, everysec or no.
	AppendFsync string

	MaxClients    int           // connections; past it a new one gets an error and is closed
	RequestBytes  int64         // received and not answered, of all clients; past it those that cause it are not read
	AnswerBytes   int64         // under way to all clients or not taken by them; past it those that hold most are not read
	AnswersMost   int64         // likewise; past it their connections are closed
	MaxOutput     int           // bytes answered and not taken by one client; past it the connection is closed
	PauseOutput   int           // likewise; past it the client is not read
	DrainTimeout  time.Duration // a client that takes none of its answers for so long is closed
	PressTimeout  time.Duration // likewise while more than half of AnswerBytes is used
	StallTimeout  time.Duration // a client that leaves a command unfinished for so long is closed
	FinishTimeout time.Duration // for the last answers of a connection that is being closed

	// Keyspace tells INFO how many keys there are; nil = nobody knows. Like Sections it is called with a connection's
	// lock held: it must not take the driver's.
	Keyspace func() []resp.Keyspace
	// Sections are further sections of INFO; nil = none.
	Sections func() []resp.Section
	// MaxMemory is what CONFIG and INFO tell of the process' memory limit in bytes; 0 = none.
	MaxMemory int64
	// Observe is told what happens; nil = nobody. It must not block.
	Observe func(Event)
	// Poller makes what reads the sockets; nil = a goroutine per connection.
	Poller func() Poller

	watch time.Duration // between looks at all connections
}

// DefaultConfig is a port on addr with the design's limits.
func DefaultConfig(addr string, engine Engine) Config {
	return Config{
		Addr: addr, Engine: engine, Limits: resp.DefaultLimits(), AppendFsync: "always",
		MaxClients: 10000, RequestBytes: 256 << 20, AnswerBytes: 64 << 20, AnswersMost: 256 << 20,
		MaxOutput: 64 << 20, PauseOutput: 1 << 20,
		DrainTimeout: time.Minute, PressTimeout: 10 * time.Second, StallTimeout: time.Minute, FinishTimeout: 5 * time.Second, watch: watchInterval,
	}
}

// complete fills in what was left out.
func (c *Config) complete() {
	d := DefaultConfig(c.Addr, c.Engine)
	if c.Limits == (resp.Limits{}) {
		c.Limits = d.Limits
	}
	setDefault(&c.AppendFsync, d.AppendFsync)
	setDefault(&c.MaxClients, d.MaxClients)
	setDefault(&c.RequestBytes, d.RequestBytes)
	setDefault(&c.AnswerBytes, d.AnswerBytes)
	setDefault(&c.AnswersMost, d.AnswersMost)
	setDefault(&c.MaxOutput, d.MaxOutput)
	setDefault(&c.PauseOutput, d.PauseOutput)
	setDefault(&c.DrainTimeout, d.DrainTimeout)
	setDefault(&c.PressTimeout, d.PressTimeout)
	setDefault(&c.StallTimeout, d.StallTimeout)
	setDefault(&c.watch, d.watch)
	setDefault(&c.FinishTimeout, d.FinishTimeout)
	if c.Observe == nil {
		c.Observe = func(Event) {}
	}
	if c.Poller == nil {
		c.Poller = newBlockingPoller
	}
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
