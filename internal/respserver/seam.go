package respserver

import "github.com/distributedstorage/ds/internal/coord"

// Engine is what a poller asks of the router's driver. Its methods are safe for concurrent use.
//
// Locks are taken in the order driver, connection: a poller calls Engine without holding a lock that
// its Replies take.
type Engine interface {
	// Attach gives a client's connection an id, never used before. Replies to its requests go to r
	// until Detach.
	Attach(r Replies) coord.ConnID

	// Detach forgets a connection: replies still to come are dropped. r gets no Reply once it
	// has returned; a Flush may still be running.
	Detach(conn coord.ConnID)

	// Submit steps the core with a whole batch: everything parsed from one read of a connection,
	// in order. Byte slices and the batch itself are the caller's again when it returns. By then
	// some or all of the batch may have been answered, with Flush called in the same goroutine.
	Submit(batch []coord.Input)

	// Freed tells that so many bytes of values that came by reference (coord.Reply.Value) were written or
	// dropped. It takes no lock that Replies' methods are called under: it may be called anywhere.
	Freed(bytes int)
}

// Replies is a client's connection as the driver sees it.
type Replies interface {
	// Reply takes one answer. It is called under the driver's lock by whichever goroutine stepped
	// the core, in the order in which the core answered (not the order of the requests: match r.Tag).
	// It copies what it keeps of r and body (the reply's bytes), unless body is r.Value, of which it says Freed once it
	// keeps it no more; it writes no socket, blocks on nothing, calls no other method of Engine.
	Reply(r *coord.Reply, body []byte)

	// Flush follows the Reply calls of one step, once, after the driver's lock was released. It writes
	// what is ready to the socket, and may Submit what the answers made possible (the next
	// partition of a listing, a held-back command). Several goroutines may be in Flush of
	// one connection at a time; a slow client must not hold up the caller, which may be any other's.
	Flush()
}
