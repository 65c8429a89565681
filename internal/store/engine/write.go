package engine

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/zeebo/xxh3"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/directory"
	"github.com/distributedstorage/ds/internal/wire"
)

// Apply writes each record that is newer than what is held, if there is room. A batch that changes nothing is no
// batch: it leaves the LSN where it is, and costs the disk nothing.
func (s *Store) Apply(batch []replica.Write, outcomes []replica.Outcome) (replica.LSN, error) {
	if err := s.err(); err != nil {
		return 0, err
	}
	if err := s.exciseIfDamaged(); err != nil {
		return 0, err
	}
	if !s.room.takes(sizeOf(batch)) {
		s.refuse(batch, outcomes)
		return s.LSN(), nil
	}
	lsn := s.LSN() + 1
	b := s.db.NewBatch()
	for i := range batch {
		outcomes[i] = s.apply(b, lsn, &batch[i])
	}
	if b.Empty() {
		return s.LSN(), b.Close()
	}
	return s.finish(b, lsn)
}

func sizeOf(batch []replica.Write) (bytes int64) {
	for i := range batch {
		bytes += int64(len(batch[i].Key) + len(batch[i].Value))
	}
	return bytes
}

// refuse answers writes for which there is no room.
func (s *Store) refuse(batch []replica.Write, outcomes []replica.Outcome) {
	for i := range batch {
		w := &batch[i]
		held, _ := s.heads.Get(w.DB, kv.HashKey(w.DB, w.Key), w.Key)
		outcomes[i] = replica.Outcome{Code: wire.Failed, Prev: held.Head, Head: held.Head}
	}
}

func (s *Store) apply(b *pebble.Batch, lsn replica.LSN, w *replica.Write) replica.Outcome {
	if !w.Head.Exists() || int(w.Head.Length) != len(w.Value) {
		panic("store: a write without a kind, or whose length is not that of its value")
	}
	hash := kv.HashKey(w.DB, w.Key)
	held, _ := s.heads.Get(w.DB, hash, w.Key)
	out := replica.Outcome{Prev: held.Head, Head: held.Head}
	mend := held.Rotten && w.Head.Version == held.Head.Version
	switch {
	case !s.flushed[w.DB].Less(w.Head.Version):
		out.Code = wire.Flushed
	case mend || w.Head.Newer(held.Head):
		out.Code, out.Head = wire.Applied, w.Head
		s.write(b, lsn, hash, w, held)
	case held.Head.Newer(w.Head):
		out.Code = wire.Newer
	default:
		out.Code = wire.Equal
	}
	return out
}

func (s *Store) write(b *pebble.Batch, lsn replica.LSN, hash kv.Hash, w *replica.Write, held directory.Entry) {
	if held.Rotten {
		s.rotten--
	}
	s.heads.Put(w.DB, hash, w.Key, w.Head, lsn)
	inline := w.Value
	if len(inline) > inlineLimit {
		inline = nil
		s.row = appendRow(s.row[:0], valuePrefix, w.DB, hash, w.Key)
		set(b, s.row, w.Value)
	} else if held.Head.Length > inlineLimit {
		s.row = appendRow(s.row[:0], valuePrefix, w.DB, hash, w.Key)
		remove(b, s.row)
	}
	s.row = appendRow(s.row[:0], headPrefix, w.DB, hash, w.Key)
	op := b.SetDeferred(len(s.row), kv.HeadSize+len(inline))
	copy(op.Key, s.row)
	copy(op.Value[len(w.Head.Append(op.Value[:0])):], inline)
	must(op.Finish())
}

func (s *Store) deleteRows(b *pebble.Batch, db kv.DB, hash kv.Hash, key []byte, length uint32) {
	s.row = appendRow(s.row[:0], headPrefix, db, hash, key)
	remove(b, s.row)
	if length > inlineLimit {
		s.row[0] = valuePrefix
		remove(b, s.row)
	}
}

// Remove takes a record out as if it had never been written.
func (s *Store) Remove(db kv.DB, key []byte) (replica.LSN, error) {
	if err := s.err(); err != nil {
		return 0, err
	}
	hash := kv.HashKey(db, key)
	held, ok := s.heads.Get(db, hash, key)
	if !ok {
		return s.LSN(), nil
	}
	b := s.db.NewBatch()
	s.deleteRows(b, db, hash, key, held.Head.Length)
	s.drop(db, hash, key, held)
	return s.finish(b, s.LSN()+1)
}

// drop takes a record out of the directory.
func (s *Store) drop(db kv.DB, hash kv.Hash, key []byte, held directory.Entry) {
	if held.Rotten {
		s.rotten--
	}
	s.heads.Remove(db, hash, key)
}

// Advance lifts the LSN.
func (s *Store) Advance(to replica.LSN) (replica.LSN, error) {
	if err := s.err(); err != nil {
		return 0, err
	}
	if to <= s.LSN() {
		return s.LSN(), nil
	}
	return s.finish(s.db.NewBatch(), to)
}

// finish writes the batch, and the LSN with it.
func (s *Store) finish(b *pebble.Batch, lsn replica.LSN) (replica.LSN, error) {
	s.setLSN(b, lsn)
	if s.tail != nil {
		s.tail.Stage(s.lsn.Load(), uint64(lsn), b.Repr())
	}
	if err := s.commit(b, pebble.NoSync); err != nil {
		return 0, err
	}
	if err := s.writeTail(); err != nil {
		return 0, err
	}
	s.lsn.Store(uint64(lsn))
	return lsn, nil
}

// sum changes with every head and flush.
func (s *Store) sum() uint64 { return s.heads.Sum() + s.flushSum }

// setLSN writes the LSN, and of what it is.
func (s *Store) setLSN(b *pebble.Batch, lsn replica.LSN) { set(b, lsnRow, s.lsnRowOf(lsn)) }

func (s *Store) lsnRowOf(lsn replica.LSN) []byte {
	s.lsnWords = binary.BigEndian.AppendUint64(s.lsnWords[:0], uint64(lsn))
	s.lsnWords = binary.BigEndian.AppendUint64(s.lsnWords, s.sum())
	s.lsnWords = binary.BigEndian.AppendUint64(s.lsnWords, s.identitySum)
	return s.lsnWords
}

// SetIdentity replaces the identity, durably. The store id can't be changed.
func (s *Store) SetIdentity(id replica.Identity) error {
	if err := s.err(); err != nil {
		return err
	}
	if id.Store != s.identity.Store {
		panic(fmt.Sprintf("store: the store id is %v for ever, not %v", s.identity.Store, id.Store))
	}
	if id == s.identity {
		return nil
	}
	b := s.db.NewBatch()
	set(b, identityRow, encodeIdentity(id))
	s.setIdentity(id)
	s.setLSN(b, s.LSN())
	return s.commit(b, pebble.Sync)
}

func (s *Store) setIdentity(id replica.Identity) {
	s.identity, s.identitySum = id, xxh3.Hash(encodeIdentity(id))
}

// Sync makes everything applied durable: the log is synced in order, so one synced record that
// says nothing is enough.
func (s *Store) Sync() (replica.LSN, error) {
	s.closing.Lock()
	defer s.closing.Unlock()
	if err := s.err(); err != nil {
		return 0, err
	}
	if s.lsn.Load() == s.synced.Load() {
		return replica.LSN(s.synced.Load()), nil
	}
	if err := s.turnTail(); err != nil {
		return 0, err
	}
	lsn := s.lsn.Load() // before the sync begins: what is applied during it may miss it
	b := s.db.NewBatch()
	must(b.LogData(nil, nil))
	if err := s.commit(b, pebble.Sync); err != nil {
		return 0, err
	}
	s.synced.Store(lsn)
	return replica.LSN(lsn), s.trimTail()
}

// Compact writes everything to new sorted files, and waits for it: see Options.Manual. All that was
// applied is durable then. Not beside Apply.
func (s *Store) Compact() (err error) {
	s.closing.Lock()
	defer s.closing.Unlock()
	if err := s.err(); err != nil {
		return err
	}
	defer s.recovered(&err)
	err = s.merge()
	for range tries {
		if !pebble.IsCorruptionError(err) {
			break
		}
		if err := s.exciseDamage(); err != nil {
			return err
		}
		err = s.merge()
	}
	if err != nil {
		return s.fail(err, false)
	}
	return nil
}

// tries is how many files that can't be read in full a call of Compact puts up with.
const tries = 8

func (s *Store) merge() error {
	b := s.db.NewBatch()
	set(b, identityRow, encodeIdentity(s.identity)) // Pebble leaves alone what is in one file already
	if err := s.commit(b, pebble.NoSync); err != nil {
		return err
	}
	if err := s.db.Flush(); err != nil {
		return err
	}
	return s.db.Compact(context.Background(), []byte{0}, []byte{0xff}, false)
}

// commit applies the batch and releases it. An error is final.
func (s *Store) commit(b *pebble.Batch, o *pebble.WriteOptions) (err error) {
	defer s.recovered(&err)
	if err := s.db.Apply(b, o); err != nil {
		return s.fail(err, errors.Is(err, pebble.ErrInvalidBatch))
	}
	return b.Close()
}

func set(b *pebble.Batch, key, value []byte) { must(b.Set(key, value, nil)) }

func remove(b *pebble.Batch, key []byte) { must(b.Delete(key, nil)) }

// must: filling a batch fails only if the batch was misused.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("store: a batch can't be filled: %v", err))
	}
}
