package history

// Kind is what an operation asks.
type Kind uint8

// The kinds of operations on one register.
const (
	Read Kind = iota
	Write
	Delete
)

// String is the kind's name in findings.
func (k Kind) String() string {
	switch k {
	case Read:
		return "read"
	case Write:
		return "write"
	case Delete:
		return "delete"
	}
	return "invalid"
}

// Outcome is what the client may conclude from the answer.
type Outcome uint8

const (
	// OK is an acknowledged write, or a read that was answered.
	OK Outcome = iota
	// Failed means that surely nothing was done: the command was not sent, or the store
	// said so (NOSERVER, BUSY).
	Failed
	// Unknown means that it may have happened, or may happen later: no answer, a cut connection, UNKNOWN.
	Unknown
)

// String is the outcome's name in findings.
func (o Outcome) String() string {
	switch o {
	case OK:
		return "ok"
	case Failed:
		return "failed"
	case Unknown:
		return "unknown"
	}
	return "invalid"
}

// Operation is one command on one key.
type Operation struct {
	Key string
	// Value is what was written, or what a read was answered; "" = none. No write of a history
	// repeats another's value, nor is one empty.
	Value string
	// Fault is the kind of error, "" with OK.
	Fault string
	// Invoke and Return are nanoseconds since the run began, on one monotonic clock: just before the
	// command was sent, just after its answer came. Return of an Unknown one is when the client gave up.
	Invoke, Return int64
	// Client sends one operation at a time, and none after an Unknown one.
	Client  int32
	Kind    Kind
	Outcome Outcome
}
