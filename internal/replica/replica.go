package replica

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

const (
	// DefaultBatchBytes is where Handle stops to let answers leave.
	DefaultBatchBytes = 1 << 20
	// MaxPage bounds the entries of a ListReply, in bytes, whatever a List asks for.
	MaxPage = 1 << 20
	// rememberEvery is how many heartbeats that carry news about the journal go by before it is made
	// durable: 5 s at the default interval. What is remembered late is only known less exactly.
	rememberEvery = 25
)

// Config is what a replica is told once.
type Config struct {
	Number     ring.Server
	BatchBytes int // of answers after which Handle stops; 0 = DefaultBatchBytes
}

// Replica is the rules of a server above its volume. It has no goroutine, lock, clock or socket:
// one goroutine at a time calls it and its sessions.
type Replica struct {
	cfg      Config
	store    Store
	identity Identity
	session  *Session // the current one; an earlier one must not be used
	learned  uint64   // highest journal sequence heard of
	heard    int      // heartbeats with news since the identity was written
	lastGone LSN      // of the latest flush: an absence may be its work

	sampled    kv.Partition // the next whose digest is made again
	samplePage []byte
}

// New is the replica of an open volume.
func New(cfg Config, store Store) *Replica {
	if cfg.BatchBytes == 0 {
		cfg.BatchBytes = DefaultBatchBytes
	}
	id := store.Identity()
	return &Replica{cfg: cfg, store: store, identity: id, learned: id.JournalSequence}
}

// Identity is what the volume says of itself.
func (r *Replica) Identity() Identity { return r.identity }

// Learned is the highest sequence of the router's journal that was heard of.
func (r *Replica) Learned() uint64 { return r.learned }

// Check tells whether the volume can be used under this number at all; a *Refused says what to do.
func (r *Replica) Check() error {
	if r.identity.Cluster.IsZero() || r.identity.Number == r.cfg.Number || planted.On(planted.AnyVolume) {
		return nil
	}
	return &Refused{Code: wire.WrongNumber, Reason: fmt.Sprintf(
		"the volume is that of server %d, --number is %d", r.identity.Number, r.cfg.Number)}
}

// Remember makes durable what was learned of the journal since it was last written. An error is a *StoreError.
func (r *Replica) Remember() error {
	if r.learned == r.identity.JournalSequence {
		return nil
	}
	id := r.identity
	id.JournalSequence = r.learned
	return r.setIdentity(id)
}

func (r *Replica) setIdentity(id Identity) error {
	if id == r.identity {
		return nil
	}
	if id.Epoch < r.identity.Epoch {
		broke(7, "the epoch would go back from %d to %d", r.identity.Epoch, id.Epoch)
	}
	if err := r.store.SetIdentity(id); err != nil {
		return &StoreError{Err: err}
	}
	r.identity, r.heard = id, 0
	return nil
}
