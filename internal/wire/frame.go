package wire

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// ProtocolVersion is carried by every hello; another one is refused.
const ProtocolVersion = 2

// Header layout, little-endian:
//
//	0  u32 length   of everything after this field
//	4  u32 crc32c   (Castagnoli) of everything after this field
//	8  u32 sequence 1, 2, 3 … in each direction of a connection; chunks have their own
//	12 u8  type
//	13 u8  code     meaning depends on the type
//	14 u8  flags
//	15 u8  zero
//	16 u64 ticket   chosen by the router, echoed by the answer; 0 outside requests
//	24 … body
const (
	HeaderSize   = 24
	lengthField  = 4
	checksumFrom = 8
)

const (
	// MaxFrame bounds the length of a frame in bytes: the longest page of a listing, with room for the
	// longest keys. A longer declared length closes the link.
	MaxFrame = 4 << 20
	// LargeValue is the longest value in bytes that travels in one frame; a longer one goes in chunks.
	LargeValue = 32 << 10
	// MaxValue is the longest value in bytes that a link carries.
	MaxValue = 64 << 20
)

// Type is the type of a frame.
type Type uint8

// Frames of the session, in the order of a handshake; then requests of the router, each
// followed by the answer of the server.
const (
	Hello          Type = 1  // server → router: who I am, what I hold
	Welcome        Type = 2  // router → server: your session
	Refuse         Type = 3  // router → server: no session; Code says why, Value is the text
	Ready          Type = 4  // server → router: the session is durable here, send
	Goodbye        Type = 5  // both ways: an orderly end
	Heartbeat      Type = 6  // router → server
	HeartbeatReply Type = 7  // server → router: Count = live keys, Sequence = apply sequence
	Apply          Type = 8  // write if newer: DB, Key, Head, Floor, Value
	ApplyReply     Type = 9  // durable unless Relaxed: Code = Outcome, Head = what the server holds now, Sequence
	Read           Type = 10 // DB, Key; Code = ReadFull or ReadHead
	ReadReply      Type = 11 // Code = Status, Head, Floor, Value (only for ReadFull)
	List           Type = 12 // Partition, DB, Hash + Key = cursor, Limit bytes; Code = ListAll or ListDB
	ListReply      Type = 13 // Partition, Code = Status, More, Floor, Value = entries
	Digest         Type = 14 // Partition = first, Count = how many
	DigestReply    Type = 15 // Value = digests of the partitions asked for of which the server is a copy
	Flush          Type = 16 // DB, Version: records of the database at or below it are absent
	FlushReply     Type = 17 // durable: those records are gone from data and digests
	Probe          Type = 18 // write and sync something that changes no record
	ProbeReply     Type = 19 // durable: Sequence
	Chunk          Type = 20 // a piece of an Apply or ReadReply whose value is large: see chunk.go
)

// Bits of the flags.
const flagRelaxed = 1

// Durability is what a server's confirmation of a client's write waits for.
type Durability uint8

// Durabilities. With the relaxed ones the log is handed to the operating system before the answer leaves.
const (
	DurabilityAlways   Durability = 0 // for the sync of the server's log
	DurabilityInterval Durability = 1 // for no sync; there is one at least every SyncMillis
	DurabilityNone     Durability = 2 // for no sync; there is one where the router asks for a synced answer
)

// DefaultSyncMillis is the time between syncs with DurabilityInterval if the welcome names none.
const DefaultSyncMillis = 1000

var durabilityNames = [...]string{"always", "interval", "none"}

// Known tells that d is one of the constants.
func (d Durability) Known() bool { return int(d) < len(durabilityNames) }

// String is the name in settings.
func (d Durability) String() string {
	if !d.Known() {
		return "unknown"
	}
	return durabilityNames[d]
}

// Relaxed tells that clients' writes are confirmed before they are synced.
func (d Durability) Relaxed() bool { return d != DurabilityAlways }

// DefaultSilenceMillis is the silence after which a server gives a link up if the welcome names none.
const DefaultSilenceMillis = 2000

// Codes of a Read.
const (
	ReadHead  uint8 = 0 // answer without the value
	ReadFull  uint8 = 1
	ReadSmall uint8 = 2 // answer with the value unless it is longer than LargeValue
)

// Codes of a List.
const (
	ListAll uint8 = 0 // every database, from (DB, Hash, Key) on, exclusive of that key
	ListDB  uint8 = 1 // only the database, likewise
)

// Status is the Code of a ReadReply or ListReply.
type Status = uint8

// Statuses. None is an answer; Rotten and Failed are not.
const (
	StatusOK     Status = 0
	StatusNone   Status = 1 // no record
	StatusRotten Status = 2 // there is a record whose checksum does not match its bytes
	StatusFailed Status = 3 // the disk could not be read
)

// Outcome is the Code of an ApplyReply.
type Outcome = uint8

// Outcomes. All but Failed settle the version or tell of a newer one.
const (
	Applied Outcome = 0
	Equal   Outcome = 1 // the very record was already there
	Newer   Outcome = 2 // Head is newer and stays
	Flushed Outcome = 3 // the version is at or below the database's flush: it is absent, and stays so
	Floored Outcome = 4 // at or below the partition's collected floor, from a source with a lower one
	Failed  Outcome = 5 // the disk could not take it
)

// Refusal is the Code of a Refuse.
type Refusal = uint8

// Refusals. A server stays up and unhealthy with them, says what to do and tries again later.
const (
	WrongProtocol Refusal = 1
	WrongCluster  Refusal = 2
	WrongGeometry Refusal = 3
	WrongNumber   Refusal = 4
	NumberTaken   Refusal = 5
	StaleEpoch    Refusal = 6 // sent by a server to a router that was replaced
	NotServing    Refusal = 7 // the router is not ready to take servers
	WrongJournal  Refusal = 8 // the router's journal is not the one that the servers know
)

// Frame is one frame, decoded: a flat struct of which a type uses the fields that its
// comment names. Byte slices point into the decoded buffer.
type Frame struct {
	Type Type
	Code uint8
	More bool // ListReply: the listing goes on after its last entry
	// Relaxed: of an Apply, Read, List or Digest, the answer need not wait for a sync; of its answer, what it
	// says may not be synced.
	Relaxed   bool
	Own       bool // came in chunks: Key and Value lie in memory that nobody changes, and may be kept
	DB        kv.DB
	Partition kv.Partition
	Seq       uint32
	Count     uint32
	Limit     uint32
	Ticket    uint64
	Sequence  uint64 // the server's apply sequence: as of the answer, or, in a HeartbeatReply, the durable one
	Hash      kv.Hash
	Version   kv.Version
	Floor     kv.Version
	Head      kv.Head
	Key       []byte
	Value     []byte
	Piece     Piece   // Chunk
	Session   Session // Hello, Welcome, Ready
}

// Session is the part of Hello, Welcome and Ready that says who talks to whom.
//
// Hello: all but Durability and Router. Welcome: all but Store, Number, Lanes, Lane. Ready: ApplySequence.
type Session struct {
	Protocol        uint16
	Lanes, Lane     uint8 // lanes of this link, and which one this connection is
	Durability      Durability
	Number          ring.Server
	Router          uint16 // the router's id
	Geometry        ring.Geometry
	Cluster         kv.ID // zero in the hello of an empty volume
	Store           kv.ID
	Journal         kv.ID      // hello: the last journal the server knew; welcome: the router's
	JournalSequence uint64     // hello: the journal's last synced sequence that the server knew
	Epoch           uint64     // hello: the highest the server knew; welcome: the router's
	ApplySequence   uint64     // hello: the volume's; welcome: where to start; ready: where it starts
	Highest         kv.Version // hello: of the records held
	SilenceMillis   uint32     // welcome: of the router, after which the server gives the link up; 0 = DefaultSilenceMillis
	SyncMillis      uint32     // welcome: at most between syncs, with DurabilityInterval; 0 = DefaultSyncMillis
	Flushes         []byte     // flush table: (u16 database, version) each, see AppendFlush
}
