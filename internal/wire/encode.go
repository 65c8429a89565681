package wire

import (
	"encoding/binary"
	"hash/crc32"
	"slices"

	"github.com/distributedstorage/ds/internal/kv"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var le = binary.LittleEndian

// Append encodes f at the end of dst. Sequence numbers and checksum are part of it.
func Append(dst []byte, f *Frame) []byte {
	start := len(dst)
	dst = AppendUnsealed(dst, f)
	Seal(dst[start:], f.Seq)
	return dst
}

// AppendUnsealed encodes f without length, sequence number and checksum, which Seal fills in: for
// frames whose place in the order of a connection is not known yet.
func AppendUnsealed(dst []byte, f *Frame) []byte {
	flags := byte(0)
	if f.Relaxed {
		flags = flagRelaxed
	}
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, byte(f.Type), f.Code, flags, 0)
	dst = le.AppendUint64(dst, f.Ticket)
	return appendBody(dst, f)
}

// Seal completes a whole frame with its length, sequence number and checksum.
func Seal(frame []byte, seq uint32) {
	le.PutUint32(frame, uint32(len(frame)-lengthField))
	le.PutUint32(frame[8:], seq)
	le.PutUint32(frame[4:], crc32.Checksum(frame[checksumFrom:], castagnoli))
}

// SetReadReply puts status and head into an unsealed ReadReply, whose value was appended
// to it after it had been encoded without one.
func SetReadReply(frame []byte, code Status, head kv.Head) {
	frame[13] = code
	head.Append(frame[HeaderSize:HeaderSize])
}

func appendBody(dst []byte, f *Frame) []byte {
	switch f.Type {
	case Hello, Welcome, Ready:
		return appendSession(dst, &f.Session)
	case Refuse:
		return append(dst, f.Value...)
	case Heartbeat, ProbeReply:
		return le.AppendUint64(dst, f.Sequence)
	case HeartbeatReply:
		dst = le.AppendUint64(dst, f.Sequence)
		return le.AppendUint32(dst, f.Count)
	case Apply:
		dst = le.AppendUint16(dst, uint16(f.DB))
		dst = f.Head.Append(dst)
		dst = f.Floor.Append(dst)
		return appendKeyValue(dst, f)
	case ApplyReply:
		dst = le.AppendUint64(dst, f.Sequence)
		return f.Head.Append(dst)
	case Read:
		dst = le.AppendUint16(dst, uint16(f.DB))
		return append(dst, f.Key...)
	case ReadReply:
		dst = f.Head.Append(dst)
		dst = f.Floor.Append(dst)
		return append(dst, f.Value...)
	case List:
		dst = le.AppendUint16(dst, uint16(f.Partition))
		dst = le.AppendUint16(dst, uint16(f.DB))
		dst = le.AppendUint64(dst, uint64(f.Hash))
		dst = le.AppendUint32(dst, f.Limit)
		return append(dst, f.Key...)
	case ListReply:
		more := byte(0)
		if f.More {
			more = 1
		}
		dst = le.AppendUint16(dst, uint16(f.Partition))
		dst = append(dst, more)
		dst = f.Floor.Append(dst)
		return append(dst, f.Value...)
	case Digest:
		dst = le.AppendUint16(dst, uint16(f.Partition))
		return le.AppendUint32(dst, f.Count)
	case DigestReply:
		return append(dst, f.Value...)
	case Flush, FlushReply:
		dst = le.AppendUint16(dst, uint16(f.DB))
		return f.Version.Append(dst)
	case Chunk:
		dst = append(dst, byte(f.Piece.Type), f.Piece.Code, f.Piece.Flags, 0)
		dst = le.AppendUint32(dst, f.Piece.Total)
		dst = le.AppendUint32(dst, f.Piece.Offset)
		return append(dst, f.Value...)
	}
	return dst
}

func appendKeyValue(dst []byte, f *Frame) []byte {
	dst = le.AppendUint32(dst, uint32(len(f.Key)))
	dst = append(dst, f.Key...)
	return append(dst, f.Value...)
}

func appendSession(dst []byte, s *Session) []byte {
	dst = le.AppendUint16(dst, s.Protocol)
	dst = append(dst, s.Lanes, s.Lane, byte(s.Durability), s.Geometry.Hash, s.Geometry.Duplication, 0)
	dst = le.AppendUint16(dst, uint16(s.Number))
	dst = le.AppendUint16(dst, s.Router)
	dst = le.AppendUint16(dst, s.Geometry.Servers)
	dst = le.AppendUint16(dst, s.Geometry.Databases)
	dst = le.AppendUint16(dst, s.Geometry.Partitions)
	dst = append(dst, s.Cluster[:]...)
	dst = append(dst, s.Store[:]...)
	dst = append(dst, s.Journal[:]...)
	dst = le.AppendUint64(dst, s.JournalSequence)
	dst = le.AppendUint64(dst, s.Epoch)
	dst = le.AppendUint64(dst, s.ApplySequence)
	dst = s.Highest.Append(dst)
	dst = le.AppendUint32(dst, s.SilenceMillis)
	dst = le.AppendUint32(dst, s.SyncMillis)
	return append(dst, s.Flushes...)
}

// AppendFlush adds a database's flush version to an encoded flush table.
func AppendFlush(dst []byte, db kv.DB, v kv.Version) []byte {
	return v.Append(le.AppendUint16(dst, uint16(db)))
}

// Entry is one record of a listing.
type Entry struct {
	DB   kv.DB
	Head kv.Head
	Key  []byte
}

// AppendEntry adds a record to the Value of a ListReply.
func AppendEntry(dst []byte, e *Entry) []byte {
	dst = le.AppendUint16(dst, uint16(e.DB))
	dst = e.Head.Append(dst)
	dst = le.AppendUint32(dst, uint32(len(e.Key)))
	return append(dst, e.Key...)
}

// PartitionDigest is the digest of one partition.
type PartitionDigest struct {
	Partition     kv.Partition
	Sum           uint64
	Records, Live uint32
}

// DigestSize is the length of an encoded partition digest in bytes.
const DigestSize = 2 + 8 + 4 + 4

// AppendDigest adds a partition's digest to the Value of a DigestReply.
func AppendDigest(dst []byte, d *PartitionDigest) []byte {
	n := len(dst)
	dst = slices.Grow(dst, DigestSize)[:n+DigestSize]
	b := dst[n:]
	le.PutUint16(b[0:], uint16(d.Partition))
	le.PutUint64(b[2:], d.Sum)
	le.PutUint32(b[10:], d.Records)
	le.PutUint32(b[14:], d.Live)
	return dst
}
