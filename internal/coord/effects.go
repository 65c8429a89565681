package coord

import (
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// ReplyCode tells what a Reply says.
type ReplyCode uint8

const (
	ReplyOK ReplyCode = iota
	ReplyNil
	ReplyValue // Bytes
	ReplyInt   // N
	ReplyHead  // Head
	ReplyList  // Bytes, N
	ReplyWhy   // Bytes
	ReplyServers
	ReplyConverged
	ReplyNotInteger // the value is not a 64-bit decimal integer
	ReplyOverflow   // the result would not be one
	ReplyTooLong    // the result would be above the value limit
	ReplyFault      // Fault
)

// Range is a part of Effects.Bytes.
type Range struct{ From, To uint32 }

// Reply answers one request.
type Reply struct {
	Code  ReplyCode
	Fault fault.Kind
	Conn  ConnID
	Tag   uint64
	N     int64
	Head  kv.Head
	Bytes Range
	// Value, if not nil, is the bytes instead: a large value by reference. Nobody changes it; once the client has
	// it, or is gone, the driver says so with InFreed.
	Value []byte
}

// Lane is what goes to one server, in order.
type Lane struct {
	Link  LinkID // the link it belongs to; 0 = none
	Buf   []byte // whole frames
	Heads []byte // of the large ones
	Large []Large
	// Withdrawn is tickets of large frames of earlier steps that need not leave if they have not begun to. The driver
	// tells with InWithdrawn of those that it took out.
	Withdrawn []uint64
}

// Large is a frame with a large value. It goes in chunks, between the frames of Buf and those of later steps; the
// driver tells how it gets on with InMoved and InLeft.
type Large struct {
	Head  Range  // in Lane.Heads: the unsealed frame without its value
	Value []byte // nobody changes it
}

// Handshake is a frame for a link that has no session.
type Handshake struct {
	Link  LinkID
	Close bool // after the frame
	Bytes Range
}

// Close asks the driver to close a link; it reports InLinkDown when the reader has ended.
type Close struct {
	Link   LinkID
	Reason string // constant text
}

// JournalOp changes one row, or with End a range of rows [Key, End), of the journal.
type JournalOp struct {
	Delete bool
	Key    Range // in Effects.JournalBytes
	End    Range // not empty: delete the range
	Value  Range
	Shared []byte // instead of Value if not nil: a large one, which nobody changes
}

// JournalRead asks for one row; InJournalRow answers it with the token. Answers come in any order.
type JournalRead struct {
	Token uint64
	Key   Range // in Effects.JournalBytes
}

// EventKind is the kind of an Event.
type EventKind uint8

const (
	EventServerReady      EventKind = iota // Server; N = entries owed
	EventServerAway                        // Server
	EventServerInSync                      // Server
	EventServerBehind                      // Server: it was in sync and is owed something now
	EventServerRefused                     // Server; N = wire.Refusal
	EventServerWiped                       // Server: another store id
	EventServerRolledBack                  // Server: a lower apply sequence
	EventOwed                              // Server, DB: a write became owed
	EventBuffered                          // DB: a write that no server took
	EventPaid                              // Server, DB: early correction paid an entry
	EventLateCorrection                    // Server, DB: a read or the sweep wrote a newer record back
	EventLost                              // DB, Version: no copy holds what was owed
	EventCleanLost                         // Server, N = partitions: it had the only clean copy, and its volume is another or an older one now
	EventCollapsed                         // Partition, N = entries: they became dirty marks
	EventDirty                             // Server, N = partitions
	EventClean                             // Server, Partition: a dirty mark was cleared
	EventSweepDifference                   // Partition
	EventConverged
	EventDiverged
	EventFlush  // DB, Version
	EventRotten // Server, DB
	EventJournalFailed
	EventPause          // N = milliseconds that the router itself was stopped
	EventClockLeap      // N = milliseconds: the wall clock leapt further ahead than is believed
	EventServerSlow     // Server: it misses deadlines, nothing waits for it any more
	EventServerKeepsUp  // Server: it is slow no more
	EventUnfit          // Server, N = Unfit: that server shows that this router must not serve
	EventAdopted        // N = epoch: the servers of a lost or older journal were taken over
	EventNothingToAdopt // the servers know this journal, or are new
)

// Event is something that happened, for logs and metrics.
type Event struct {
	Kind      EventKind
	DB        kv.DB
	Partition kv.Partition
	Server    ring.Server
	N         int64
	Version   kv.Version
}

// Effects is what a step asks for. The caller owns it and reuses it: Reset, then Step.
type Effects struct {
	Replies      []Reply
	Bytes        []byte // of replies and handshakes
	Lanes        []Lane // index = server number
	Handshakes   []Handshake
	Closes       []Close
	Journal      []JournalOp
	JournalReads []JournalRead
	JournalBytes []byte
	JournalSeq   uint64 // of the last operation; 0 = none in this step
	Events       []Event
}

// Reset empties e and keeps its memory.
func (e *Effects) Reset() {
	e.Replies, e.Bytes = e.Replies[:0], e.Bytes[:0]
	for i := range e.Lanes {
		l := &e.Lanes[i]
		clear(l.Large)
		l.Buf, l.Heads, l.Large, l.Withdrawn = l.Buf[:0], l.Heads[:0], l.Large[:0], l.Withdrawn[:0]
	}
	e.Handshakes, e.Closes = e.Handshakes[:0], e.Closes[:0]
	e.Journal, e.JournalReads = e.Journal[:0], e.JournalReads[:0]
	e.JournalBytes, e.JournalSeq = e.JournalBytes[:0], 0
	e.Events = e.Events[:0]
}
