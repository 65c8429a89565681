package embed

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/config"
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// NoDuplication is the RouterConfig.Duplication of a store with a single copy of each key.
const NoDuplication = -1

// Sweep tells what is done with differences between copies that nobody reads.
type Sweep int

// The sweeps.
const (
	SweepRepair  Sweep = iota
	SweepCompare       // only report
	SweepOff
)

// Durability tells what the answer to a write waits for.
type Durability = wire.Durability

// The durabilities.
const (
	DurabilityAlways   = wire.DurabilityAlways   // each copy has synced it
	DurabilityInterval = wire.DurabilityInterval // each copy has taken it, and syncs at least every SyncInterval
	DurabilityNone     = wire.DurabilityNone     // each copy has taken it
)

// RouterConfig is the settings of a router. Zero values mean the defaults of the router program, but
// that it listens on 127.0.0.1, at ports from the kernel.
type RouterConfig struct {
	Data    string // folder of its volume; required
	Clients string // address for clients. Default 127.0.0.1:0
	Servers string // address for servers. Default 127.0.0.1:0
	Ops     string // address for operators' HTTP. Default: none

	NumberOfServers int // default 3
	Duplication     int // copies beside the home one. Default 1; NoDuplication for none
	Databases       int // default 16

	Password      string        // default: none is asked for
	MaxKey        int           // bytes. Default 64 KiB
	MaxValue      int           // bytes. Default 4 MiB
	LargeBudget   int64         // memory of large values, bytes; at least MaxValue. Default 256 MiB
	MaxClients    int           // connections. Default 10000
	Deadline      time.Duration // for a copy's answer. Default 500 ms
	Heartbeat     time.Duration // default 200 ms
	AwayAfter     time.Duration // of silence. Default 2 s
	Sweep         Sweep         // default SweepRepair
	SweepInterval time.Duration // default 2 s
	Durability    Durability    // of clients' writes. Default DurabilityAlways
	SyncInterval  time.Duration // of servers, with DurabilityInterval. Default 1 s

	Adopt  bool  // take over servers that know another journal than Data's, or a later state of it
	GiveUp []int // servers, by number, that an adoption does not wait for

	Killable bool // Kill and BreakDisk may be called

	Log *zap.Logger // default: nowhere
}

// ServerConfig is the settings of a server.
type ServerConfig struct {
	Router string // the router's address for servers; required
	Number int    // 0 … number of servers - 1
	Data   string // folder of its volume; required
	Ops    string // address for operators' HTTP. Default: none

	RetryMost time.Duration // longest pause before the router is dialled again. Default 1 s
	Killable  bool          // Kill may be called

	Log *zap.Logger // default: nowhere
}

const anyPort = "127.0.0.1:0"

// or gives the first value that is not the zero value.
func or[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}

func (c RouterConfig) settings() config.Router {
	requests, _ := config.Split(c.large())
	return config.Router{
		RequestBytes: requests,
		Servers:      or(c.Servers, anyPort), Clients: or(c.Clients, anyPort), Ops: c.Ops,
		Data: c.Data, Password: c.Password,
		MaxKey: or(c.MaxKey, 64<<10), MaxClients: or(c.MaxClients, 10000), Core: c.core(),
	}
}

func (c RouterConfig) large() int64 { return or(c.LargeBudget, 256<<20) }

func (c RouterConfig) core() coord.Config {
	core := coord.DefaultConfig()
	core.Geometry = ring.New(or(c.NumberOfServers, 3), max(or(c.Duplication, 1), 0), or(c.Databases, 16))
	core.MaxValue = or(int64(c.MaxValue), core.MaxValue)
	_, core.LargeBytes = config.Split(c.large())
	core.DeadlineMillis = or(c.Deadline.Milliseconds(), core.DeadlineMillis)
	core.HeartbeatMillis = or(c.Heartbeat.Milliseconds(), core.HeartbeatMillis)
	core.AwayMillis = or(c.AwayAfter.Milliseconds(), core.AwayMillis)
	core.SweepMillis = or(c.SweepInterval.Milliseconds(), core.SweepMillis)
	core.Adopt = c.Adopt
	for _, n := range c.GiveUp {
		core.GiveUp |= 1 << (n & 63)
	}
	core.Durability, core.SyncMillis = c.Durability, or(c.SyncInterval.Milliseconds(), core.SyncMillis)
	core.SweepRepair = c.Sweep == SweepRepair
	if c.Sweep == SweepOff {
		core.SweepMillis = 0
	}
	return core
}

func (c ServerConfig) settings() config.Server {
	return config.Server{
		Router: c.Router, Number: ring.Server(c.Number), Ops: c.Ops, Data: c.Data,
	}
}

// validate lists every fault.
func (c RouterConfig) validate() error {
	core := c.core()
	faults := core.Geometry.Validate()
	if c.Data == "" {
		faults = append(faults, errors.New("no Data: give a folder"))
	}
	for _, n := range c.GiveUp {
		if n < 0 || n >= int(core.Geometry.Servers) {
			faults = append(faults, fmt.Errorf("GiveUp has %d: list servers 0 … number of servers - 1", n))
		}
	}
	if !c.Durability.Known() {
		faults = append(faults, fmt.Errorf("the Durability is %d: set it to one of the constants", c.Durability))
	}
	if core.AwayMillis < 2*core.HeartbeatMillis {
		faults = append(faults, fmt.Errorf("AwayAfter is %d ms: set it to at least twice Heartbeat, %d ms", core.AwayMillis, core.HeartbeatMillis))
	}
	if c.large() < core.MaxValue {
		faults = append(faults, fmt.Errorf("LargeBudget is %d: set it to at least MaxValue, %d", c.LargeBudget, core.MaxValue))
	}
	if core.BufferCap < core.MaxValue {
		faults = append(faults, fmt.Errorf("MaxValue is %d: set it to at most %d", core.MaxValue, core.BufferCap))
	}
	return together("router", faults)
}

// validate lists every fault.
func (c ServerConfig) validate() error {
	var faults []error
	if c.Data == "" {
		faults = append(faults, errors.New("no Data: give a folder"))
	}
	if c.Router == "" {
		faults = append(faults, errors.New("no Router: give the router's address for servers"))
	}
	if c.Number < 0 || c.Number >= ring.MaxServers {
		faults = append(faults, fmt.Errorf("the Number is %d: set it to 0 … number of servers - 1", c.Number))
	}
	return together("server", faults)
}

func together(what string, faults []error) error {
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("embed: the configuration of the %s has faults: %w", what, errors.Join(faults...))
}
