package engine

import (
	"encoding/binary"

	"github.com/cockroachdb/pebble/v2"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
)

const (
	// rangeFrom is the number of records of a database in a partition from which one range deletion
	// is better than as many deletions. Fewer would litter Pebble with ranges that each read must look at.
	rangeFrom = 32
	// flushBatch bounds a batch of deletions, in bytes. A flush of any size takes no more memory.
	flushBatch = 1 << 20
)

// doomed is a record that a flush removes.
type doomed struct {
	hash   kv.Hash
	key    []byte
	length uint32
}

// Flush removes the database's records at or below the version. A version that is not above the
// last one changes nothing. The version is written first, and Open ends a flush that was cut short.
func (s *Store) Flush(db kv.DB, version kv.Version) (replica.LSN, error) {
	if err := s.err(); err != nil {
		return 0, err
	}
	if !s.flushed[db].Less(version) {
		return s.LSN(), nil
	}
	lsn := s.LSN() + 1
	b := s.db.NewBatch()
	set(b, flushRow(db), version.Append(nil))
	set(b, lsnRow, binary.BigEndian.AppendUint64(nil, uint64(lsn))) // which records are left is known in the end
	s.setFlushed(db, version)
	for p := range kv.Partition(kv.Partitions) {
		s.flushPartition(b, p, db, version)
		if b.Len() < flushBatch {
			continue
		}
		if err := s.commit(b, pebble.NoSync); err != nil {
			return 0, err
		}
		b = s.db.NewBatch()
	}
	return s.finishFlush(b, lsn)
}

func (s *Store) setFlushed(db kv.DB, version kv.Version) {
	s.flushSum += flushItem(db, version) - flushItem(db, s.flushed[db])
	s.flushed[db] = version
}

// flushItem is the term of a flush in the sum of what a volume holds.
func flushItem(db kv.DB, version kv.Version) uint64 {
	if (version == kv.Version{}) {
		return 0
	}
	return digest.Item(db, 0, kv.Head{Version: version})
}

// finishFlush writes the last batch of a flush. The tail takes whole steps of the LSN only; a flush, which may be
// several batches, is synced instead.
func (s *Store) finishFlush(b *pebble.Batch, lsn replica.LSN) (replica.LSN, error) {
	if s.tail == nil {
		return s.finish(b, lsn)
	}
	s.setLSN(b, lsn)
	if err := s.commit(b, pebble.Sync); err != nil {
		return 0, err
	}
	s.lsn.Store(uint64(lsn))
	return lsn, nil
}

func (s *Store) flushPartition(b *pebble.Batch, p kv.Partition, db kv.DB, version kv.Version) {
	s.doomed = s.doomed[:0]
	for it := s.heads.Seek(p, replica.Cursor{DB: db, Hash: p.First()}); it.Next() && it.DB() == db; {
		if h := it.Head(); !version.Less(h.Version) {
			key := it.Key()
			s.doomed = append(s.doomed, doomed{hash: kv.HashKey(db, key), key: key, length: h.Length})
		}
	}
	whole := len(s.doomed) >= rangeFrom && len(s.doomed) == s.heads.Count(p, db)
	if whole {
		s.deleteRange(b, headPrefix, p, db)
		s.deleteRange(b, valuePrefix, p, db)
	}
	for _, d := range s.doomed {
		if !whole {
			s.deleteRows(b, db, d.hash, d.key, d.length)
		}
		held, _ := s.heads.Get(db, d.hash, d.key)
		s.drop(db, d.hash, d.key, held)
	}
}

// deleteRange removes all rows of a database in a partition.
func (s *Store) deleteRange(b *pebble.Batch, prefix byte, p kv.Partition, db kv.DB) {
	from := appendRange(nil, prefix, p, db)
	to := appendRange(nil, prefix, p, db+1)
	if db+1 == 0 { // the last database that a row can name
		to = appendRange(nil, prefix, p+1, 0)
	}
	must(b.DeleteRange(from, to, nil))
}
