package tail

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// Record layout, little-endian:
//
//	0  u32 length   of the batch
//	4  u32 crc32c   of everything after this field
//	8  u64 previous sequence: the record follows that one, whatever the numbers say
//	16 u64 sequence
//	24 … batch
const headerSize = 24

var (
	le         = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// record is a batch that took the volume from one apply sequence to the next.
type record struct {
	previous, sequence uint64
	batch              []byte
}

func (r *record) append(dst []byte) []byte {
	start := len(dst)
	dst = le.AppendUint32(dst, uint32(len(r.batch)))
	dst = le.AppendUint32(dst, 0)
	dst = le.AppendUint64(dst, r.previous)
	dst = le.AppendUint64(dst, r.sequence)
	dst = append(dst, r.batch...)
	le.PutUint32(dst[start+4:], crc32.Checksum(dst[start+8:], castagnoli))
	return dst
}

// next reads the first of the records in in, of which left bytes are left; ok is false where none is whole. The
// batch is the caller's.
func next(in io.Reader, left int64) (r record, ok bool, err error) {
	var header [headerSize]byte
	if left < headerSize {
		return record{}, false, nil
	}
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return record{}, false, err
	}
	length := int64(le.Uint32(header[:]))
	if left < headerSize+length {
		return record{}, false, nil
	}
	batch := make([]byte, length)
	if _, err := io.ReadFull(in, batch); err != nil {
		return record{}, false, err
	}
	sum := crc32.Update(crc32.Checksum(header[8:], castagnoli), castagnoli, batch)
	if sum != le.Uint32(header[4:]) {
		return record{}, false, nil
	}
	return record{le.Uint64(header[8:]), le.Uint64(header[16:]), batch}, true, nil
}
