package wire

import (
	"errors"
	"fmt"
	"github.com/distributedstorage/ds/internal/planted"
	"hash/crc32"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// ErrTruncated tells that a body is shorter than its type's layout.
var ErrTruncated = errors.New("frame body is truncated")

// Split cuts the first whole frame off buf. A frame of length 0 means that more bytes
// are needed. It checks length, checksum and, against want, the sequence number; an error
// means that the link must be closed.
func Split(buf []byte, want uint32) (frame []byte, err error) {
	if len(buf) < lengthField {
		return nil, nil
	}
	n := int(le.Uint32(buf)) + lengthField
	if n < HeaderSize || n > MaxFrame {
		return nil, fmt.Errorf("frame length %d is outside %d … %d", n, HeaderSize, MaxFrame)
	}
	if len(buf) < n {
		return nil, nil
	}
	frame = buf[:n:n]
	if sum := crc32.Checksum(frame[checksumFrom:], castagnoli); sum != le.Uint32(frame[4:]) && !planted.On(planted.ChecksumIgnored) {
		return nil, errors.New("frame checksum does not match")
	}
	if frame[ownAt] != 0 {
		return nil, errors.New("frame has a mark that is not sent")
	}
	if seq := le.Uint32(frame[8:]); seq != want && !planted.On(planted.SequenceIgnored) {
		return nil, fmt.Errorf("frame sequence is %d, expected %d", seq, want)
	}
	return frame, nil
}

// Decode reads a frame that Split returned. Slices of f point into frame.
func Decode(frame []byte, f *Frame) error {
	if len(frame) < HeaderSize {
		return ErrTruncated
	}
	*f = Frame{
		Seq: le.Uint32(frame[8:]), Type: Type(frame[12]), Code: frame[13],
		Relaxed: frame[14]&flagRelaxed != 0, Ticket: le.Uint64(frame[16:]), Own: frame[ownAt] == 1,
	}
	return decodeBody(frame[HeaderSize:], f)
}

func decodeBody(b []byte, f *Frame) error {
	if len(b) < bodySize(f.Type) {
		return ErrTruncated
	}
	switch f.Type {
	case Hello, Welcome, Ready:
		decodeSession(b, &f.Session)
	case Refuse, DigestReply:
		f.Value = b
	case Heartbeat, ProbeReply:
		f.Sequence = le.Uint64(b)
	case HeartbeatReply:
		f.Sequence, f.Count = le.Uint64(b), le.Uint32(b[8:])
	case Apply:
		f.DB = kv.DB(le.Uint16(b))
		f.Head = kv.DecodeHead(b[2:])
		f.Floor = kv.DecodeVersion(b[2+kv.HeadSize:])
		return decodeKeyValue(b[2+kv.HeadSize+kv.VersionSize:], f)
	case ApplyReply:
		f.Sequence, f.Head = le.Uint64(b), kv.DecodeHead(b[8:])
	case Read:
		f.DB, f.Key = kv.DB(le.Uint16(b)), b[2:]
	case ReadReply:
		f.Head, f.Floor = kv.DecodeHead(b), kv.DecodeVersion(b[kv.HeadSize:])
		f.Value = b[kv.HeadSize+kv.VersionSize:]
	case List:
		f.Partition, f.DB = kv.Partition(le.Uint16(b)), kv.DB(le.Uint16(b[2:]))
		f.Hash, f.Limit, f.Key = kv.Hash(le.Uint64(b[4:])), le.Uint32(b[12:]), b[16:]
	case ListReply:
		f.Partition, f.More = kv.Partition(le.Uint16(b)), b[2] == 1
		f.Floor, f.Value = kv.DecodeVersion(b[3:]), b[3+kv.VersionSize:]
	case Digest:
		f.Partition, f.Count = kv.Partition(le.Uint16(b)), le.Uint32(b[2:])
	case Flush, FlushReply:
		f.DB, f.Version = kv.DB(le.Uint16(b)), kv.DecodeVersion(b[2:])
	case Chunk:
		f.Piece = Piece{Type: Type(b[0]), Code: b[1], Flags: b[2], Total: le.Uint32(b[4:]), Offset: le.Uint32(b[8:])}
		f.Value = b[chunkFixed:]
	case Goodbye, Probe:
	default:
		return fmt.Errorf("frame type %d is unknown", f.Type)
	}
	return nil
}

// bodySize is the length of the fixed part of a body.
func bodySize(t Type) int {
	switch t {
	case Hello, Welcome, Ready:
		return sessionSize
	case Heartbeat, ProbeReply:
		return 8
	case HeartbeatReply:
		return 12
	case Apply:
		return 2 + kv.HeadSize + kv.VersionSize + 4
	case ApplyReply:
		return 8 + kv.HeadSize
	case Read:
		return 2
	case ReadReply:
		return kv.HeadSize + kv.VersionSize
	case List:
		return 16
	case ListReply:
		return 3 + kv.VersionSize
	case Digest:
		return 6
	case Flush, FlushReply:
		return 2 + kv.VersionSize
	case Chunk:
		return chunkFixed
	}
	return 0
}

func decodeKeyValue(b []byte, f *Frame) error {
	n := int(le.Uint32(b))
	if n > len(b)-4 {
		return ErrTruncated
	}
	f.Key, f.Value = b[4:4+n:4+n], b[4+n:]
	return nil
}

const sessionSize = 2 + 6 + 5*2 + 3*16 + 3*8 + kv.VersionSize + 2*4

func decodeSession(b []byte, s *Session) {
	s.Protocol = le.Uint16(b)
	s.Lanes, s.Lane, s.Durability = b[2], b[3], Durability(b[4])
	s.Geometry.Hash, s.Geometry.Duplication = b[5], b[6]
	s.Number, s.Router = ring.Server(le.Uint16(b[8:])), le.Uint16(b[10:])
	s.Geometry.Servers, s.Geometry.Databases = le.Uint16(b[12:]), le.Uint16(b[14:])
	s.Geometry.Partitions = le.Uint16(b[16:])
	copy(s.Cluster[:], b[18:])
	copy(s.Store[:], b[34:])
	copy(s.Journal[:], b[50:])
	s.JournalSequence, s.Epoch = le.Uint64(b[66:]), le.Uint64(b[74:])
	s.ApplySequence, s.Highest = le.Uint64(b[82:]), kv.DecodeVersion(b[90:])
	s.SilenceMillis, s.SyncMillis = le.Uint32(b[100:]), le.Uint32(b[104:])
	s.Flushes = b[sessionSize:]
}

// NextFlush reads the first database and version of an encoded flush table and returns the rest.
func NextFlush(b []byte) (db kv.DB, v kv.Version, rest []byte, ok bool) {
	if len(b) < 2+kv.VersionSize {
		return 0, kv.Version{}, nil, false
	}
	return kv.DB(le.Uint16(b)), kv.DecodeVersion(b[2:]), b[2+kv.VersionSize:], true
}

// NextEntry reads the first entry of a listing into e and returns the rest.
func NextEntry(b []byte, e *Entry) (rest []byte, ok bool) {
	const fixed = 2 + kv.HeadSize + 4
	if len(b) < fixed {
		return nil, false
	}
	n := int(le.Uint32(b[2+kv.HeadSize:]))
	if n > len(b)-fixed {
		return nil, false
	}
	e.DB, e.Head, e.Key = kv.DB(le.Uint16(b)), kv.DecodeHead(b[2:]), b[fixed:fixed+n:fixed+n]
	return b[fixed+n:], true
}

// NextDigest reads the first digest of a DigestReply into d and returns the rest.
func NextDigest(b []byte, d *PartitionDigest) (rest []byte, ok bool) {
	if len(b) < DigestSize {
		return nil, false
	}
	d.Partition, d.Sum = kv.Partition(le.Uint16(b)), le.Uint64(b[2:])
	d.Records, d.Live = le.Uint32(b[10:]), le.Uint32(b[14:])
	return b[DigestSize:], true
}
