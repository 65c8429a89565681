package table

import (
	"encoding/binary"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// Copies is a set of the copies of a partition: bit i is copy i of ring.Geometry.Server.
type Copies uint8

// Slot is one entry, unpacked. It is a copy: what changes goes through the table's setters, which
// keep the copy true.
type Slot struct {
	Hash   kv.Hash
	Head   kv.Head // the newest version that was acknowledged or is being settled
	DB     kv.DB
	Owed   Copies
	Held   Copies // confirmed Head or newer
	Record bool   // the journal holds the value
	Busy   bool   // a payment is under way

	key []byte // in the arena
	at  uint32 // in the arena
	gen uint32 // of the partition when it was unpacked
}

// An entry lies packed in its partition's arena, little-endian:
//
//	0  u64 version time
//	8  u16 version router
//	10 u64 checksum
//	18 u32 length of the value
//	22 u16 state: kind, flags, owed, held
//	24 u16 database
//	26 uvarint length of the key
//	.. i64 expiry, if flagExpiry
//	.. the key
//
// The hash is not kept: it is made again from the key where it is needed.
const (
	offRouter   = 8
	offChecksum = 10
	offLength   = 18
	offState    = 22
	offDB       = 24
	offKeyLen   = 26
)

// The state of an entry: each set of copies has a bit for every copy there may be.
const (
	kindMask   = 3
	flagRecord = 1 << 2
	flagBusy   = 1 << 3
	flagExpiry = 1 << 4
	flagUsed   = 1 << 5
	owedShift  = 6
	heldShift  = owedShift + ring.MaxCopies
	copiesMask = 1<<ring.MaxCopies - 1
)

const _ = uint16(copiesMask << heldShift) // it fits

var le = binary.LittleEndian

// packedSize is what an entry takes of the arena.
func packedSize(keyLen int, expiry int64) int {
	n := offKeyLen + 1 + keyLen
	for l := keyLen; l >= 0x80; l >>= 7 {
		n++
	}
	if expiry != 0 {
		n += 8
	}
	return n
}

func (s *Slot) state() uint16 {
	f := uint16(s.Head.Kind)&kindMask | flagUsed | uint16(s.Owed)<<owedShift | uint16(s.Held)<<heldShift
	if s.Record {
		f |= flagRecord
	}
	if s.Busy {
		f |= flagBusy
	}
	if s.Head.Expiry != 0 {
		f |= flagExpiry
	}
	return f
}

// pack appends the entry.
func (s *Slot) pack(dst, key []byte) []byte {
	dst = le.AppendUint64(dst, s.Head.Version.Time)
	dst = le.AppendUint16(dst, s.Head.Version.Router)
	dst = le.AppendUint64(dst, s.Head.Checksum)
	dst = le.AppendUint32(dst, s.Head.Length)
	dst = le.AppendUint16(dst, s.state())
	dst = le.AppendUint16(dst, uint16(s.DB))
	dst = binary.AppendUvarint(dst, uint64(len(key)))
	if s.Head.Expiry != 0 {
		dst = le.AppendUint64(dst, uint64(s.Head.Expiry))
	}
	return append(dst, key...)
}

// keyOf finds the key of the entry that begins b, and the entry's end.
func keyOf(b []byte) (key []byte, end int) {
	n, size := int(b[offKeyLen]), 1
	if n >= 0x80 {
		v, s := binary.Uvarint(b[offKeyLen:])
		n, size = int(v), s
	}
	from := offKeyLen + size
	if stateOf(b)&flagExpiry != 0 {
		from += 8
	}
	return b[from : from+n : from+n], from + n
}

func stateOf(b []byte) uint16 { return le.Uint16(b[offState:]) }

func dbOf(b []byte) kv.DB { return kv.DB(le.Uint16(b[offDB:])) }

// unpack reads the entry at the place.
func (s *Slot) unpack(arena []byte, at uint32, hash kv.Hash) {
	b := arena[at:]
	f := stateOf(b)
	key, end := keyOf(b)
	*s = Slot{
		Hash: hash, DB: dbOf(b), Owed: Copies(f >> owedShift & copiesMask), Held: Copies(f >> heldShift & copiesMask),
		Record: f&flagRecord != 0, Busy: f&flagBusy != 0, key: key, at: at,
		Head: kv.Head{
			Version:  kv.Version{Time: le.Uint64(b), Router: le.Uint16(b[offRouter:])},
			Checksum: le.Uint64(b[offChecksum:]), Length: le.Uint32(b[offLength:]), Kind: kv.Kind(f & kindMask),
		},
	}
	if f&flagExpiry != 0 {
		s.Head.Expiry = int64(le.Uint64(b[end-len(key)-8:]))
	}
}
