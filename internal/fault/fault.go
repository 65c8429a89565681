package fault

// Kind is an expected error: one that a client can meet in a healthy program, and tell
// from the others by its prefix.
type Kind uint8

// The kinds. OK is the absence of a fault.
const (
	OK         Kind = iota
	NoServer        // no server that may speak for the key is up, nor the journal; nothing was written
	Busy            // a limit is reached; nothing was done; try again
	Unknown         // the write may have happened
	NoJournal       // the journal's disk failed and what was asked needs it; nothing was done
	Rotten          // every copy that could answer found the record damaged
	NotServing      // the router must not serve, or not yet; nothing was done
)

// Prefix is the first word of the error reply.
func (k Kind) Prefix() string {
	switch k {
	case NoServer:
		return "NOSERVER"
	case Busy, NoJournal:
		return "BUSY"
	case Unknown:
		return "UNKNOWN"
	case Rotten:
		return "ROTTEN"
	case NotServing:
		return "NOTSERVING"
	}
	return "ERR"
}

// Text is the whole error reply, without the leading '-' of RESP.
func (k Kind) Text() string {
	switch k {
	case NoServer:
		return "NOSERVER no server that may speak for this key is up; nothing was written"
	case Busy:
		return "BUSY a limit is reached, nothing was done; try again"
	case NoJournal:
		return "BUSY the router's journal failed and is not open again yet, nothing was done; try again"
	case Unknown:
		return "UNKNOWN the write may have happened"
	case Rotten:
		return "ROTTEN the record is damaged on every copy that answered"
	case NotServing:
		return "NOTSERVING this router must not serve its clients (nothing was done); its health check and its log say why and what to do"
	}
	return "ERR unexpected fault"
}

// Error makes a kind usable as an error.
func (k Kind) Error() string { return k.Text() }
