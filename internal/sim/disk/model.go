package disk

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

// modelVolume is a volume of the model.
type modelVolume struct{ *model.Volume }

// NewModel is an empty volume of the model, whose store id will be id.
func NewModel(id kv.ID) Volume { return modelVolume{model.NewVolume(id)} }

func (v modelVolume) Snapshot() Volume { return modelVolume{v.Volume.Snapshot()} }

// Spoil does nothing: the model has no files.
func (v modelVolume) Spoil(uint32) string { return "" }

func (v modelVolume) Open(f *Faults) (Store, error) {
	s, err := v.Volume.Open()
	if err != nil {
		return nil, err
	}
	return &modelStore{Store: s, faults: f, durable: s.LSN()}, nil
}

func (v modelVolume) Value(db kv.DB, key []byte) (kv.Head, []byte, bool) {
	return value(v.Volume, db, key)
}

// value reads from a volume that is not open.
func value(v *model.Volume, db kv.DB, key []byte) (kv.Head, []byte, bool) {
	s, err := v.Open()
	if err != nil {
		return kv.Head{}, nil, false
	}
	defer s.Close()
	h, b, _, status := s.Read(db, key, nil)
	return h, b, status == wire.StatusOK
}

// modelStore is a store of the model on a disk with faults.
type modelStore struct {
	*model.Store
	faults  *Faults
	durable replica.LSN
	dark    bool // the power has gone
}

func (s *modelStore) err() error {
	switch {
	case s.dark:
		return ErrPower
	case s.faults.Full:
		return errFull
	}
	return nil
}

func (s *modelStore) SetIdentity(id replica.Identity) error {
	if err := s.err(); err != nil {
		return err
	}
	return s.Store.SetIdentity(id)
}

func (s *modelStore) Apply(batch []replica.Write, outcomes []replica.Outcome) (replica.LSN, error) {
	if err := s.err(); err != nil {
		return 0, err
	}
	if s.faults.Tight {
		refuse(s.Store, batch, outcomes)
		return s.LSN(), nil
	}
	return s.Store.Apply(batch, outcomes)
}

// refuse answers writes for which there is no room.
func refuse(held *model.Store, batch []replica.Write, outcomes []replica.Outcome) {
	for i := range batch {
		h, _ := held.Head(batch[i].DB, batch[i].Key)
		outcomes[i] = replica.Outcome{Code: wire.Failed, Prev: h, Head: h}
	}
}

func (s *modelStore) Flush(db kv.DB, version kv.Version) (replica.LSN, error) {
	if err := s.err(); err != nil {
		return 0, err
	}
	return s.Store.Flush(db, version)
}

func (s *modelStore) Advance(to replica.LSN) (replica.LSN, error) {
	if err := s.err(); err != nil {
		return 0, err
	}
	return s.Store.Advance(to)
}

func (s *modelStore) Sync() (replica.LSN, error) {
	if s.faults.PowerAt == 1 {
		s.dark = true
	}
	s.faults.PowerAt = max(0, s.faults.PowerAt-1)
	switch {
	case s.dark:
		return 0, ErrPower
	case s.faults.SyncFails:
		return 0, errSync
	}
	var err error
	s.durable, err = s.Store.Sync()
	return s.durable, err
}

func (s *modelStore) Read(db kv.DB, key, dst []byte) (kv.Head, []byte, replica.LSN, wire.Status) {
	if s.faults.ReadFails {
		return kv.Head{}, dst, 0, wire.StatusFailed
	}
	return s.Store.Read(db, key, dst)
}

// Rot damages that value alone.
func (s *modelStore) Rot(db kv.DB, key []byte, _ Spare) bool { return s.Store.Rot(db, key) }

func (s *modelStore) Crash(fourths int) {
	if !s.dark {
		_, _ = s.SyncTo(s.durable + (s.LSN()-s.durable)*replica.LSN(fourths)/4)
	}
	_ = s.Close() // a store of the model always closes
}
