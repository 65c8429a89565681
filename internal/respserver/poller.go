package respserver

// Poller reads the sockets of connections and feeds them. It owns when; what may be read and what
// becomes of it is the connection's.
//
// For each connection it calls Advance until that says Read, then Read; a connection that says
// Wait is left alone until Wake, one that says End is given up.
type Poller interface {
	// Add takes over a connection, until its Advance says End or its Read fails: then the poller calls End once.
	Add(c *Conn)
	// Wake tells that Advance may say something else than Wait. It must not block.
	Wake(c *Conn)
}

// Verdict is what a connection wants from its poller.
type Verdict uint8

const (
	Read Verdict = iota // there is room for what the client sends
	Wait                // for answers, or for the client to take them
	End                 // the connection is over
)
