package respserver

import "github.com/distributedstorage/ds/internal/coord"

// EventKind is the kind of an Event.
type EventKind uint8

const (
	EventOpened   EventKind = iota // a client was taken in
	EventClosed                    // it is gone; Reason says why if it was not the client
	EventRejected                  // a connection past the limit, or one that could not be taken
)

// Event is something that happened to a client's connection, for logs and metrics.
type Event struct {
	Kind   EventKind
	Conn   coord.ConnID
	Addr   string
	Reason string // constant text
}

// Reasons why the port closes a connection.
const (
	reasonOutput  = "too many answers not taken"
	reasonDrain   = "takes none of its answers"
	reasonPressed = "takes none of its answers while memory for others' is short"
	reasonMost    = "holds most of the answers that clients do not take"
	reasonStalled = "left a command unfinished"
	reasonIdle    = "idle for longer than the setting timeout"
	reasonKilled  = "killed by a client"
	reasonStopped = "the router stops"
	reasonWrite   = "the answers could not be written"
	reasonLimit   = "max number of clients reached"
	reasonAccept  = "the connection could not be accepted"
)
