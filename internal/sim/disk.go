package sim

import (
	"errors"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// Disk is what is wrong with a server's disk.
type Disk struct {
	Full      bool // nothing can be written
	SyncFails bool // the next sync fails, and nobody knows what of it reached the disk
	ReadFails bool // values can't be read
}

var (
	errFull = errors.New("sim: no space left on the disk")
	errSync = errors.New("sim: the sync failed")
)

// faultyStore is a volume on a disk with faults.
type faultyStore struct {
	replica.Store
	disk *Disk
}

func (s *faultyStore) SetIdentity(id replica.Identity) error {
	if s.disk.Full {
		return errFull
	}
	return s.Store.SetIdentity(id)
}

func (s *faultyStore) Apply(batch []replica.Write, outcomes []replica.Outcome) (replica.LSN, error) {
	if s.disk.Full {
		return 0, errFull
	}
	return s.Store.Apply(batch, outcomes)
}

func (s *faultyStore) Flush(db kv.DB, version kv.Version) (replica.LSN, error) {
	if s.disk.Full {
		return 0, errFull
	}
	return s.Store.Flush(db, version)
}

func (s *faultyStore) Advance(to replica.LSN) (replica.LSN, error) {
	if s.disk.Full {
		return 0, errFull
	}
	return s.Store.Advance(to)
}

func (s *faultyStore) Sync() (replica.LSN, error) {
	if s.disk.SyncFails {
		return 0, errSync
	}
	return s.Store.Sync()
}

func (s *faultyStore) Read(db kv.DB, key, dst []byte) (kv.Head, []byte, replica.LSN, wire.Status) {
	if s.disk.ReadFails {
		return kv.Head{}, dst, 0, wire.StatusFailed
	}
	return s.Store.Read(db, key, dst)
}
