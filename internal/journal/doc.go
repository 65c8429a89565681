// Package journal owns the router's volume: durable rows in order, synced in groups.
//
// The rows belong to internal/coord, which encodes them; this package neither reads nor orders them.
// A row of its own says whose volume it is (Identity).
package journal
