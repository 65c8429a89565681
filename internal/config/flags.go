package config

// Settings are read as text, so that every fault can be found before the first is reported.
// The environment variable of a flag is DS_ and its name: --max-key is DS_MAX_KEY.

type logFlags struct {
	Log      string `default:"json" help:"Form of the log on standard error: json or console."`
	LogLevel string `default:"info" help:"Least level that is logged: debug, info, warn or error."`
}

type routerFlags struct {
	Servers         string `default:":7400" help:"Where servers dial in."`
	Clients         string `default:":6379" help:"Where clients speak the Redis protocol."`
	Ops             string `default:":8400" help:"HTTP for operators: /healthz, /readyz, /metrics, /debug/pprof."`
	NumberOfServers string `default:"3" help:"Servers of the store, 1 … 64. Kept in every volume: a different number is refused at the next start."`
	Duplication     string `default:"1" help:"Copies of a key beside the home one, 0 … 4, below the number of servers. Kept in every volume."`
	Databases       string `default:"16" help:"Databases that SELECT takes, 1 … 1024. Kept in every volume."`
	Data            string `default:"/data" help:"Folder of the router's volume (the journal). Losing it loses writes that no server had."`
	Durability      string `default:"always" help:"What the answer to a write waits for. always: each copy has synced it, or the journal. interval: each copy has taken it; it syncs at least every --sync-interval. none: likewise, and the system syncs when it likes. Servers learn it from the router; it may change between starts."`
	SyncInterval    string `default:"1s" help:"At most between the syncs of a server with --durability=interval, 10ms … 1h."`
	Requirepass     string `placeholder:"PASSWORD" help:"Password that clients must give with AUTH. Empty = none is asked for."`

	MaxKey     string `default:"64KiB" help:"Longest key, 1B … 1MiB. A longer one is refused with an error."`
	MaxValue   string `default:"4MiB" help:"Longest value, 1B … 64MiB. A longer one is refused with an error."`
	MaxClients string `default:"10000" help:"Client connections at a time, 1 … 1000000. Past it a new one gets an error and is closed."`

	LargeBudget string `default:"auto" help:"Memory of large values (above 32KiB), 1MiB … 64GiB, at least the longest; auto = a quarter of the memory limit. Half is for what clients send: past it those that cause it are read no further. Half is for what is read for answers and repairs, which wait for room."`

	AnswerBudget string `default:"auto" help:"Memory of answers on their way to clients and not taken by them, 1MiB … 64GiB; auto = a 16th of the memory limit, at most 64MiB. The more of it is in use, the less each client may ask for before it takes its answers. Values above 32KiB that clients ask for at the same time may pass it by half of the large budget; past both, who holds most is cut off."`

	Deadline  string `default:"500ms" help:"For a copy's answer, 10ms … 1m. Past it a write is noted in the journal as owed, and a read goes on without that copy."`
	Heartbeat string `default:"200ms" help:"Between heartbeats to a server, 10ms … 1m."`
	AwayAfter string `default:"2s" help:"Silence after which a server is away, at least twice the heartbeat, at most 10m."`

	SlowAfter string `default:"3" help:"Deadlines missed, 1 … 1000, after which a server is slow: nothing waits for it while other copies will do. A stall counts once in two fifths of the deadline."`
	SlowClean string `default:"5s" help:"Without a missed deadline, after which it is slow no more, 100ms … 10m; never below three deadlines. Each relapse doubles it, up to 16 times."`

	Sweep         string `default:"repair" help:"What is done with differences between copies that nobody reads: repair, compare (only report) or off."`
	SweepInterval string `default:"2s" help:"Between comparisons of all partitions, 100ms … 24h."`

	Adopt  bool   `help:"Take over servers that know another journal than this volume's, or a later state of it: the router's volume was lost, or an older one restored. Writes that only the lost one held are lost. It serves nobody until every server has said who it is."`
	GiveUp string `placeholder:"N,N" help:"Servers, by number, that an adoption does not wait for."`

	JournalBudget string `default:"256MiB" help:"Keys and values in the journal, on disk, 1MiB … 64GiB. Past it an entry that a server holds shrinks to its key."`
	TableBudget   string `default:"auto" help:"Memory of what servers are owed, 1MiB … 64GiB; auto = a quarter of the memory limit. Past it partitions collapse into dirty marks."`
	BufferCap     string `default:"1GiB" help:"Keys and values that no server has, on disk, 1MiB … 64GiB, at least the longest value. Past it a write that no server can take is BUSY."`

	logFlags
}

type serverFlags struct {
	Router string `placeholder:"HOST:PORT" help:"Where the router listens for servers. Required."`
	Number string `placeholder:"N" help:"This server's number, 0 … number of servers - 1. Required. Kept in the volume."`
	Ops    string `default:":8400" help:"HTTP for operators: /healthz, /readyz, /metrics, /debug/pprof."`
	Data   string `default:"/data" help:"Folder of the server's volume."`

	logFlags
}
