package digest

import (
	"encoding/binary"
	"github.com/distributedstorage/ds/internal/planted"

	"github.com/zeebo/xxh3"

	"github.com/distributedstorage/ds/internal/kv"
)

// Digest summarises the records of one partition: it is equal on two copies exactly when
// their records are (up to a 2^-64 chance). It is a sum, so records may come and go in any order.
// What is written counts (version, kind, expiry, checksum); time never does.
type Digest struct {
	Sum     uint64
	Records uint32 // live and tombstones
	Live    uint32
}

// Item is the term of one record in the sum.
func Item(db kv.DB, hash kv.Hash, h kv.Head) uint64 {
	var b [8 + 2 + kv.HeadSize]byte
	buf := binary.LittleEndian.AppendUint64(b[:0], uint64(hash))
	buf = binary.LittleEndian.AppendUint16(buf, uint16(db))
	buf = h.Append(buf)
	return xxh3.Hash(buf)
}

// Add counts a record in. A head that does not exist adds nothing.
func (d *Digest) Add(db kv.DB, hash kv.Hash, h kv.Head) {
	if !h.Exists() {
		return
	}
	if planted.On(planted.DigestWithoutTombstones) && h.Kind == kv.Tombstone {
		return
	}
	d.Sum += Item(db, hash, h)
	d.Records++
	if h.Kind == kv.Live {
		d.Live++
	}
}

// Remove counts a record out that was counted in before.
func (d *Digest) Remove(db kv.DB, hash kv.Hash, h kv.Head) {
	if !h.Exists() {
		return
	}
	if planted.On(planted.DigestWithoutTombstones) && h.Kind == kv.Tombstone || planted.On(planted.DigestKeepsReplaced) {
		return
	}
	d.Sum -= Item(db, hash, h)
	d.Records--
	if h.Kind == kv.Live {
		d.Live--
	}
}
