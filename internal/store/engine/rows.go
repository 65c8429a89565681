package engine

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
)

// rows calls f with every row that the volume must have from one key to another, in their order, until it returns false: a record's with
// its head, meta rows without. It reads no disk. The key of the row is valid during the call.
func (s *Store) rows(from, to []byte, f func(row []byte, head *kv.Head) bool) {
	more := true
	in := func(row []byte, head *kv.Head) {
		if more && bytes.Compare(from, row) <= 0 && bytes.Compare(row, to) < 0 {
			more = f(row, head)
		}
	}
	s.recordRows(headPrefix, from, to, in, &more)
	for _, row := range s.metaRows() {
		in(row, nil)
	}
	s.recordRows(valuePrefix, from, to, in, &more)
}

// recordRows calls in with the rows of one prefix, of all partitions that reach into a range.
func (s *Store) recordRows(prefix byte, from, to []byte, in func([]byte, *kv.Head), more *bool) {
	var row []byte
	for p := range kv.Partition(kv.Partitions) {
		if first := appendRange(nil, prefix, p, 0); bytes.Compare(to, first) <= 0 || bytes.Compare(appendRange(nil, prefix, p+1, 0), from) <= 0 {
			continue
		}
		for it := s.heads.Seek(p, replica.Cursor{Hash: p.First()}); *more && it.Next(); {
			head := it.Head()
			if prefix == valuePrefix && head.Length <= inlineLimit {
				continue
			}
			row = appendRow(row[:0], prefix, it.DB(), kv.HashKey(it.DB(), it.Key()), it.Key())
			in(row, &head)
		}
	}
}

// metaRows are those that the volume has, in their order.
func (s *Store) metaRows() (rows [][]byte) {
	for _, db := range slices.Sorted(maps.Keys(s.flushed)) {
		rows = append(rows, flushRow(db))
	}
	rows = append(rows, identityRow)
	if s.LSN() > 0 {
		rows = append(rows, lsnRow)
	}
	return append(rows, formatRow)
}

// metaRow is what a meta row holds.
func (s *Store) metaRow(row []byte) []byte {
	switch {
	case bytes.Equal(row, formatRow):
		return []byte(format)
	case bytes.Equal(row, identityRow):
		return encodeIdentity(s.identity)
	case bytes.Equal(row, lsnRow):
		return s.lsnRowOf(s.LSN())
	default:
		return s.flushed[kv.DB(binary.BigEndian.Uint16(row[len(flushRows):]))].Append(nil)
	}
}
