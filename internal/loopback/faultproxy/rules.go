package faultproxy

import (
	"sync"
	"time"
)

// Rules are what befalls the bytes of one direction. The zero value passes everything on at once.
type Rules struct {
	// Hold keeps bytes, and the end of the connection, until it is lifted: a clogged link, or half of a half-open one.
	Hold bool
	// Drop throws bytes away that have not left yet; the connection stays.
	Drop bool
	// Latency is between the arrival of bytes and their leaving.
	Latency time.Duration
	// Rate is in bytes a second; 0 = as fast as it goes.
	Rate int
	// Piece is the most bytes of one write; 0 = any.
	Piece int
	// ResetAfter breaks the connection off, with a reset, once so many bytes have left under these rules; 0 = never.
	ResetAfter int
	// Frames is given whole frames of the link protocol, and returns the bytes to pass on for each;
	// nil = bytes pass as they come. It applies to connections made while it is set.
	Frames func(frame []byte) []byte
}

// direction holds the rules in force for all connections of a proxy.
type direction struct {
	mu struct {
		sync.Mutex
		rules   Rules
		changed chan struct{} // closed by the next change
		serial  int           // of the rules
	}
}

func newDirection() *direction {
	d := new(direction)
	d.mu.changed = make(chan struct{})
	return d
}

func (d *direction) set(r Rules) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mu.rules = r
	d.mu.serial++
	close(d.mu.changed)
	d.mu.changed = make(chan struct{})
}

// get gives the rules, their number, and a channel that is closed when they change.
func (d *direction) get() (Rules, int, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.mu.rules, d.mu.serial, d.mu.changed
}
