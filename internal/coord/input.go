package coord

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// Now is the time of a step.
type Now struct {
	Wall int64 // Unix milliseconds; may jump
	Mono int64 // nanoseconds that never go back
}

// LinkID names a connection of a server. The driver never uses one twice.
type LinkID uint64

// ConnID names a connection of a client. The driver never uses one twice.
type ConnID uint64

// InputKind is the kind of an Input.
type InputKind uint8

const (
	// InTick passes time; the driver sends it every TickInterval.
	InTick InputKind = iota
	// InRequest is a client's operation: Conn, Tag, Op and what the Op uses.
	InRequest
	// InHello is the first frame of a new link: Link, Bytes (one whole frame).
	InHello
	// InFrame is any later frame: Link, Bytes. Length, checksum and sequence were verified.
	InFrame
	// InLinkDown tells that the link is closed and its reader has ended: Link.
	InLinkDown
	// InJournalSynced tells that every journal operation up to Seq is durable.
	InJournalSynced
	// InJournalFailed tells that the journal can't take or sync operations any more. The core answers what
	// needs none, until it is retired.
	InJournalFailed
	// InJournalTight tells that the journal's disk is full (Found), or has room again.
	InJournalTight
	// InJournalRow answers a JournalRead: Token, Found, Bytes (the row's value).
	InJournalRow
	// InFreed tells that N bytes of Reply.Value were written or dropped.
	InFreed
	// InMoved tells that the link took or gave bytes of large frames since the last tick: Link, N = MovedOut | MovedIn.
	InMoved
	// InLeft tells that the link took the last chunk of a large frame: Link, Tag (its ticket).
	InLeft
	// InWithdrawn tells that a large frame of Lane.Withdrawn was taken out before it began to leave: Link, Tag.
	InWithdrawn
	// InSweep starts a comparison of all partitions now (it also starts by itself).
	InSweep
)

// Ways of InMoved.
const (
	MovedOut int64 = 1 << iota
	MovedIn
)

// Op is what a client asks for. Operations of one key unless they say otherwise.
type Op uint8

const (
	OpNone Op = iota
	// OpGet answers ReplyValue or ReplyNil.
	OpGet
	// OpHead answers ReplyHead (Reply.Head) or ReplyNil, without reading the value.
	OpHead
	// OpSet writes Value, with Flags; N is the expiry of FlagExpireIn or FlagExpireAt.
	// It answers ReplyOK; ReplyNil where NX or XX prevents it; with FlagGet, ReplyValue or ReplyNil: the old value.
	OpSet
	// OpDel answers ReplyInt: 1 if the key could be seen, else 0.
	OpDel
	// OpGetDel answers like OpGet, then deletes.
	OpGetDel
	// OpGetEx answers like OpGet, and sets the expiry (FlagExpireIn, FlagExpireAt, FlagPersist).
	OpGetEx
	// OpExpire sets the expiry (FlagExpireIn or FlagExpireAt with N, under FlagNX, FlagXX, FlagGT,
	// FlagLT; or FlagPersist). It answers ReplyInt 1, or 0 if the key is absent or the condition fails.
	OpExpire
	// OpIncrBy adds N to the decimal integer (0 if absent), keeping the expiry, and answers ReplyInt,
	// ReplyNotInteger or ReplyOverflow.
	OpIncrBy
	// OpAppend appends Value, keeping the expiry, and answers ReplyInt: the new length; or ReplyTooLong.
	OpAppend
	// OpList lists keys of one partition of a database that can be seen: DB, Partition, Hash (where to
	// start), N (how many at least, unless the partition ends; whole groups of equal hashes). It answers
	// ReplyList: Bytes holds wire entries, N is the hash to go on from, or 0 at the partition's end.
	OpList
	// OpFlush empties DB. It answers ReplyOK.
	OpFlush
	// OpWhy answers ReplyWhy: Bytes is an encoded Why.
	OpWhy
	// OpServers answers ReplyServers: Bytes is an encoded list of ServerStatus.
	OpServers
	// OpConverged answers ReplyConverged: Bytes is an encoded Convergence.
	OpConverged
)

// Flag changes an operation.
type Flag uint16

const (
	FlagNX       Flag = 1 << iota // only if absent (OpExpire: only without expiry)
	FlagXX                        // only if present (OpExpire: only with expiry)
	FlagGT                        // only if later
	FlagLT                        // only if earlier
	FlagGet                       // answer the old value
	FlagKeepTTL                   // keep the old expiry
	FlagExpireIn                  // N is milliseconds from now
	FlagExpireAt                  // N is Unix milliseconds
	FlagPersist                   // no expiry
)

// Input is one thing that happened. Byte slices are valid during the call.
type Input struct {
	Kind  InputKind
	Op    Op
	Flags Flag
	Found bool
	// Shared tells that nobody changes Value (InRequest) or Bytes (InJournalRow) any more: they may be kept.
	Shared bool

	DB        kv.DB
	Partition kv.Partition
	Conn      ConnID
	Tag       uint64 // the client's own mark, returned with the reply
	Link      LinkID
	Token     uint64
	Seq       uint64
	Hash      kv.Hash
	N         int64
	Server    ring.Server
	Key       []byte
	Value     []byte
	Bytes     []byte
}
