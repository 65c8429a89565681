package kv

import (
	"encoding/binary"
	"github.com/distributedstorage/ds/internal/planted"

	"github.com/zeebo/xxh3"
)

// Kind tells what a record says about its key.
type Kind uint8

// The kinds are ordered: at equal versions a tombstone beats a live record everywhere.
const (
	None      Kind = 0 // no record
	Live      Kind = 1
	Tombstone Kind = 2
)

// String is the kind's name in DS WHY, logs and traces.
func (k Kind) String() string {
	switch k {
	case None:
		return "none"
	case Live:
		return "live"
	case Tombstone:
		return "tombstone"
	}
	return "invalid"
}

// Head is a record without its value: all that is needed to order, compare and digest it.
type Head struct {
	Version  Version
	Expiry   int64  // Unix milliseconds, 0 = never
	Checksum uint64 // Checksum(Kind, Expiry, value)
	Length   uint32 // of the value, in bytes
	Kind     Kind
}

// HeadSize is the length of an encoded head in bytes.
const HeadSize = VersionSize + 8 + 8 + 4 + 1

// Exists tells that there is a record, live or tombstone.
func (h Head) Exists() bool { return h.Kind != None }

// Compare orders records by version, kind and checksum, so that equal versions with
// different bytes have the same winner everywhere. No record is below every record.
func (h Head) Compare(o Head) int {
	if h.Kind == None || o.Kind == None {
		switch {
		case h.Kind == o.Kind:
			return 0
		case h.Kind == None:
			return -1
		}
		return 1
	}
	if c := h.Version.Compare(o.Version); c != 0 {
		return c
	}
	if h.Kind != o.Kind {
		if h.Kind < o.Kind {
			return -1
		}
		return 1
	}
	switch {
	case planted.On(planted.ChecksumWithoutExpiry):
		return 1
	case h.Checksum < o.Checksum:
		return -1
	case h.Checksum > o.Checksum:
		return 1
	}
	return 0
}

// Newer tells that h wins over o.
func (h Head) Newer(o Head) bool { return h.Compare(o) > 0 }

// LiveAt tells that the record can be seen at the given Unix millisecond.
func (h Head) LiveAt(ms int64) bool {
	return h.Kind == Live && (h.Expiry == 0 || h.Expiry > ms)
}

// Checksum is the 64-bit checksum of a record: XXH3 over the value, seeded with kind and expiry.
func Checksum(kind Kind, expiry int64, value []byte) uint64 {
	return xxh3.HashSeed(value, uint64(expiry)<<2|uint64(kind))
}

// Append encodes h in HeadSize bytes: version, expiry, checksum, length, kind; little-endian.
func (h Head) Append(dst []byte) []byte {
	dst = h.Version.Append(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(h.Expiry))
	dst = binary.LittleEndian.AppendUint64(dst, h.Checksum)
	dst = binary.LittleEndian.AppendUint32(dst, h.Length)
	return append(dst, byte(h.Kind))
}

// DecodeHead reads what Append wrote; src holds at least HeadSize bytes.
func DecodeHead(src []byte) Head {
	return Head{
		Version:  DecodeVersion(src),
		Expiry:   int64(binary.LittleEndian.Uint64(src[10:])),
		Checksum: binary.LittleEndian.Uint64(src[18:]),
		Length:   binary.LittleEndian.Uint32(src[26:]),
		Kind:     Kind(src[30]),
	}
}
