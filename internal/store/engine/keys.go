package engine

import (
	"bytes"
	"encoding/binary"

	"github.com/distributedstorage/ds/internal/kv"
)

// Prefixes of rows.
const (
	metaPrefix  = 'm'
	headPrefix  = 'h'
	valuePrefix = 'v'
)

// rowHeader is the length of a row's key before the record's key: prefix, partition, database, hash.
const rowHeader = 1 + 2 + 2 + 8

// inlineLimit is the length in bytes up to which a value is kept beside its head. Above it a
// second row costs less than reading the value each time the heads are read at open.
const inlineLimit = 256

// Meta rows.
var (
	formatRow   = []byte{metaPrefix, 'v'}
	identityRow = []byte{metaPrefix, 'i'}
	lsnRow      = []byte{metaPrefix, 'l'}
	flushRows   = []byte{metaPrefix, 'f'} // a prefix; the database follows
)

func appendRow(dst []byte, prefix byte, db kv.DB, hash kv.Hash, key []byte) []byte {
	dst = appendRange(dst, prefix, hash.Partition(), db)
	dst = binary.BigEndian.AppendUint64(dst, uint64(hash))
	return append(dst, key...)
}

// appendRange is the prefix that the rows of a database in a partition share.
func appendRange(dst []byte, prefix byte, p kv.Partition, db kv.DB) []byte {
	dst = append(dst, prefix)
	dst = binary.BigEndian.AppendUint16(dst, uint16(p))
	return binary.BigEndian.AppendUint16(dst, uint16(db))
}

// parseRow takes the key of a head or value row apart.
func parseRow(row []byte) (db kv.DB, hash kv.Hash, key []byte, ok bool) {
	if len(row) < rowHeader {
		return 0, 0, nil, false
	}
	db = kv.DB(binary.BigEndian.Uint16(row[3:]))
	hash = kv.Hash(binary.BigEndian.Uint64(row[5:]))
	key = row[rowHeader:]
	return db, hash, key, hash == kv.HashKey(db, key)
}

// isRow tells that the key of a row is one that this package makes.
func isRow(row []byte) bool {
	if _, _, _, ok := parseRow(row); ok {
		return row[0] == headPrefix || row[0] == valuePrefix
	}
	return bytes.Equal(row, formatRow) || bytes.Equal(row, identityRow) || bytes.Equal(row, lsnRow) ||
		len(row) == len(flushRows)+2 && bytes.HasPrefix(row, flushRows)
}

func flushRow(db kv.DB) []byte { return binary.BigEndian.AppendUint16(flushRows[:2:2], uint16(db)) }
