package disk

import (
	"errors"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
)

// Volume is a disk: what outlives the store that has it open.
type Volume interface {
	// Open opens the volume. The faults may change while it is open.
	Open(*Faults) (Store, error)
	// Wipe empties the volume, which is not open, and gives it another store id.
	Wipe(kv.ID)
	// Snapshot is a copy of what is durable.
	Snapshot() Volume
	// Spoil damages a file of the volume, which is not open: a bit of it flips, it is cut off, or it is gone. It tells which, and nothing
	// if there are no files.
	Spoil(roll uint32) string
	// Claimed tells that the volume has belonged to a server of a cluster.
	Claimed() bool
	// Head is what the volume certainly holds of a key, durably; none if its value is damaged.
	Head(kv.DB, []byte) kv.Head
	// Value is what a volume that is not open holds of a key, if it is whole.
	Value(kv.DB, []byte) (kv.Head, []byte, bool)
	// Flushed is up to which version a database was emptied, durably.
	Flushed(kv.DB) kv.Version
	// Rotten tells that what the volume holds of a key is damaged.
	Rotten(kv.DB, []byte) bool
}

// Store is an open volume.
type Store interface {
	replica.Store
	// Rot flips a bit of a value on the disk. It tells whether it did: not if there is no such value, or if what would be damaged
	// beside it is not spare.
	Rot(kv.DB, []byte, Spare) bool
	// Crash closes the store as a loss of power does. Of what was not synced, so many fourths have reached the disk.
	Crash(fourths int)
}

// Faults is what is wrong with a disk.
type Faults struct {
	Full      bool // nothing can be written
	Tight     bool // no room for records, but for what the store writes of itself
	SyncFails bool // the next sync fails, and nobody knows what of it reached the disk
	ReadFails bool // values can't be read
	// PowerAt is at which sync from now on the power goes, before it has an effect; 0 = at none. With the durable engine
	// creations and renames count too.
	PowerAt int
}

// ErrPower ends a store whose power went in the middle of a call.
var ErrPower = errors.New("sim: the power went")

var (
	errFull = errors.New("sim: no space left on the disk")
	errSync = errors.New("sim: the sync failed")
	errRead = errors.New("sim: the disk can't be read")
)
