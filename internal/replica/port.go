package replica

import (
	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// LSN numbers the batches of a store: its apply sequence. It rises by one a batch, survives
// restarts with the data, and never goes back while the volume is intact.
type LSN uint64

// Store is the port to a volume. Every method but Sync is called by one goroutine at a time;
// Sync may run beside them, and is called by one committer. Errors of Apply, Sync and SetIdentity are final: the
// store must be closed, reopened and verified.
type Store interface {
	// Identity is what the volume says of itself; the zero value for an empty volume.
	Identity() Identity
	// SetIdentity replaces it, durably.
	SetIdentity(Identity) error

	// Apply writes each record of the batch that is newer than what is held (kv.Head.Compare),
	// atomically, and fills outcomes, of the same length. A record at or below its database's flush
	// version is not written. It does not wait for the disk: the batch is durable once
	// Sync returned its LSN or a higher one. Without room on the disk nothing is written, and every outcome is Failed.
	Apply(batch []Write, outcomes []Outcome) (LSN, error)
	// Flush removes every record of the database at or below the version from data and digests and
	// remembers the version. Durable like Apply.
	Flush(db kv.DB, version kv.Version) (LSN, error)
	// Flushed is the flush version of a database; zero if there was none.
	Flushed(db kv.DB) kv.Version
	// WriteThrough tells whether a batch must outlive the process, though not the machine, once the call that
	// wrote it has returned. Off at first: until a Sync, the log may be in the memory of the process.
	WriteThrough(on bool) error
	// Sync makes everything applied durable and returns the highest durable LSN.
	Sync() (LSN, error)

	// Head is the record's head from memory, with the LSN of the batch that wrote it
	// (0 for one that was there when the store was opened). A head that does not exist is no record.
	Head(db kv.DB, key []byte) (kv.Head, LSN)
	// Read appends the value to dst. The checksum has been verified: a mismatch is
	// wire.StatusRotten, a read error wire.StatusFailed; from a rotten record on, Apply
	// accepts the same version again.
	Read(db kv.DB, key, dst []byte) (kv.Head, []byte, LSN, wire.Status)
	// Scan appends encoded entries (wire.AppendEntry) of the partition to dst, in the order database,
	// hash, key, beginning after the cursor, at least one entry if there is one, until maxBytes are
	// appended. more tells that entries are left. LSN is that of the latest batch.
	Scan(p kv.Partition, after Cursor, dst []byte, maxBytes int) (page []byte, more bool, lsn LSN)
	// Digest is the partition's digest, equal to the data after any crash.
	Digest(p kv.Partition) digest.Digest
	// Totals counts live records over all partitions and gives the highest version held.
	Totals() (live uint64, highest kv.Version)
	// LSN is that of the latest batch.
	LSN() LSN
	// Advance lifts the LSN to at least the given one, durably like Apply.
	Advance(to LSN) (LSN, error)

	// Remove takes a record out as if it had never been written: the collection of a
	// tombstone that every copy was proved to hold, or a test that loses a key on purpose.
	Remove(db kv.DB, key []byte) (LSN, error)
	// Close releases the volume. It does not sync.
	Close() error
}

// Identity is what a volume stores of itself.
type Identity struct {
	Cluster         kv.ID // zero until the first session
	Store           kv.ID // of the volume; made when it is first opened
	Number          ring.Server
	Geometry        ring.Geometry // zero until the first session
	Epoch           uint64        // highest accepted
	Journal         kv.ID
	JournalSequence uint64
}

// Write is one record to apply.
type Write struct {
	DB    kv.DB
	Head  kv.Head
	Floor kv.Version // of the source; 0 from the journal
	Key   []byte
	Value []byte
}

// Outcome tells what became of a Write.
type Outcome struct {
	Code wire.Outcome
	Prev kv.Head // what was held before
	Head kv.Head // what is held now
}

// Cursor is a position in a partition: after this key, or, with an empty key, from this hash on.
type Cursor struct {
	DB   kv.DB
	Hash kv.Hash
	Key  []byte
}
