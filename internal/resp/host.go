package resp

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// Host is what a session asks of the process around it. Its methods are called inside the
// session's methods: they must not call back, nor wait for anything that does.
type Host interface {
	// Now is the time in Unix milliseconds by which expiries are judged.
	Now() int64
	// Facts is what INFO tells.
	Facts() Facts
	// Password is what AUTH asks for; empty = none.
	Password() string
	// Settings gives all settings, ordered by name.
	Settings() []Setting
	// Configure changes settings, all or none.
	Configure(changes []Setting) *SettingError
	// ResetStat zeroes the counters of INFO.
	ResetStat()
	// Clients gives the connections, ordered by id.
	Clients() []Client
	// Kill closes the connection, after what it has answered was sent if it is the caller's own;
	// false = there is none.
	Kill(id coord.ConnID) bool
}

// Setting is one setting of CONFIG.
type Setting struct{ Name, Value string }

// SettingError tells which change was refused, in the words of CONFIG SET.
type SettingError struct {
	Name string
	Text string // empty: there is no such setting
}

// Client is one connection in CLIENT LIST.
type Client struct {
	ID            coord.ConnID
	Addr          string
	LocalAddr     string
	Name          string
	LibName       string
	LibVersion    string
	Command       string
	AgeSeconds    int64
	IdleSeconds   int64
	DB            kv.DB
	Resp3         bool
	NoEvict       bool
	NoTouch       bool
	InputBytes    int
	OutputBytes   int
	Authenticated bool
}

// Facts is what INFO tells of the process.
type Facts struct {
	RunID               string
	TCPPort             int
	ProcessID           int
	UptimeSeconds       int64
	ConnectedClients    int64
	MaxClients          int64
	UsedMemory          int64
	MaxMemory           int64
	TotalConnections    int64
	RejectedConnections int64
	TotalCommands       int64
	NetInput            int64 // bytes
	NetOutput           int64 // bytes
	Keyspace            []Keyspace
	Sections            []Section // of the store's own
}

// Keyspace is one database in INFO's keyspace section; databases without keys are left out.
type Keyspace struct {
	DB            kv.DB
	Keys, Expires int64
}

// Section is a further section of INFO.
type Section struct {
	Name   string // lower case
	Fields []Setting
}
