package replica

import (
	"errors"
	"fmt"

	"github.com/distributedstorage/ds/internal/wire"
)

// ErrGoodbye ends a session in order: the router said so.
var ErrGoodbye = errors.New("the router said goodbye")

// Refused tells that this server and a router must not have a session. It says what to do; until
// then the server stays up, unhealthy, and tries again.
type Refused struct {
	Code     wire.Refusal
	Reason   string // what is wrong, with both sides' values
	ByRouter bool   // else by this server
}

// Error is the reason followed by the mend.
func (r *Refused) Error() string {
	by := "this server refuses the session"
	if r.ByRouter {
		by = "the router refuses this server"
	}
	return fmt.Sprintf("%s: %s; %s", by, r.Reason, r.Mend())
}

// Mend says what a person can do.
func (r *Refused) Mend() string {
	switch r.Code {
	case wire.WrongProtocol:
		return "run the same release on both sides"
	case wire.WrongCluster:
		return "point --router at this volume's own router, or give this server an empty volume to join the other cluster"
	case wire.WrongGeometry:
		return "start the router with this volume's settings, or give this server an empty volume (resizing is not a setting)"
	case wire.WrongNumber:
		return "set --number to the number of this volume, or mount the volume of that number"
	case wire.NumberTaken:
		return "stop the other server with this number, or set another --number"
	case wire.StaleEpoch:
		return "stop this router: another one has taken over since"
	case wire.NotServing:
		return "wait for the router, or see why it does not serve in its log"
	}
	return "see the log of the other side"
}

// ProtocolError tells that a router broke the link protocol: the link must be closed.
type ProtocolError struct{ Reason string }

// Error is the reason.
func (e *ProtocolError) Error() string { return "the router broke the protocol: " + e.Reason }

func broken(format string, args ...any) error {
	return &ProtocolError{Reason: fmt.Sprintf(format, args...)}
}

// StoreError is final: the store must be closed, reopened and verified.
type StoreError struct{ Err error }

// Error names the consequence.
func (e *StoreError) Error() string {
	return fmt.Sprintf("the volume failed and must be reopened: %v", e.Err)
}

// Unwrap is the store's own error.
func (e *StoreError) Unwrap() error { return e.Err }
