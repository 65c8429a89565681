package coord

import (
	"github.com/distributedstorage/ds/internal/coord/slow"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// TickInterval is how often a driver sends InTick, in milliseconds.
const TickInterval = 20

// Config is what the core is told once.
type Config struct {
	Geometry ring.Geometry
	Cluster  kv.ID
	Journal  kv.ID
	Router   uint16
	Epoch    uint64 // 1 + the journal's last, synced before use

	Adopt  bool   // take over servers that know another journal, or a later state of this one
	GiveUp uint64 // numbers whose report an adoption does not wait for: one bit a server
	Fresh  kv.ID  // the journal's id from an adoption on; random, and new at each start

	Durability wire.Durability // of clients' writes
	SyncMillis int64           // at most between a server's syncs, with DurabilityInterval

	DeadlineMillis  int64 // for a copy's answer; past it the copy is owed (writes) or left out (reads)
	HeartbeatMillis int64
	AwayMillis      int64 // of silence after which a server is away; also the longest that a read waits for an answer

	SlowMisses      int   // deadlines missed after which a server is slow
	SlowCleanMillis int64 // without a miss, after which it is slow no more; three deadlines at least

	MaxValue       int64 // bytes
	JournalBudget  int64 // bytes of keys and values in the journal; past it entries that a server holds shrink
	JournalTight   bool  // the journal's disk is full: entries shrink at once; InJournalTight changes it
	TableBudget    int64 // bytes of memory of the table; past it partitions collapse into dirty marks
	BufferCap      int64 // bytes of keys and values that no server has; past it a write that no server could take is BUSY
	LaneOperations int   // in flight to one server
	LaneBytes      int64 // in flight to one server
	LargeBytes     int64 // of large values read for answers and repairs at a time; one that is longer still goes, alone
	MaxOperations  int   // in flight in all; past it BUSY

	SweepMillis  int64 // between comparisons of all partitions; 0 = never
	SweepRepair  bool  // repair what a comparison finds
	RepairWindow int   // keys under repair at a time, at most; fewer while clients suffer
}

// pace is what servers are judged by.
func (c *Config) pace() slow.Config {
	return slow.Config{
		Misses: c.SlowMisses, Spaced: c.DeadlineMillis * 2 / 5, Clean: max(c.SlowCleanMillis, 3*c.DeadlineMillis),
	}
}

// SlowLongestMillis is how long a server that keeps up is still called slow at most: after relapses.
func (c *Config) SlowLongestMillis() int64 { return c.pace().Longest() }

// DefaultConfig has design values for everything but identity and geometry.
func DefaultConfig() Config {
	return Config{
		Durability: wire.DurabilityAlways, SyncMillis: wire.DefaultSyncMillis,
		DeadlineMillis: 500, HeartbeatMillis: 200, AwayMillis: 2000,
		MaxValue: 4 << 20, JournalBudget: 256 << 20, TableBudget: 64 << 20, BufferCap: 1 << 30,
		SlowMisses: 3, SlowCleanMillis: 5000,
		LaneOperations: 1 << 16, LaneBytes: 64 << 20, MaxOperations: 1 << 17,
		LargeBytes:  128 << 20,
		SweepMillis: 2000, SweepRepair: true, RepairWindow: 4096,
	}
}
