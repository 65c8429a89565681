package store

import "errors"

// ErrClosed is the answer of a store that was closed, or whose volume crashed.
var ErrClosed = errors.New("the store is closed")

// ErrLocked is the answer to opening a volume that another process, or another part of this
// one, has open.
var ErrLocked = errors.New("the volume is in use")

// ErrDamaged is the answer to opening a volume whose heads can't be read.
var ErrDamaged = errors.New("the volume is damaged")
