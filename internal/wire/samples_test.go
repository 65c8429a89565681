package wire

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// The samples stand in docs/protocol.md, byte for byte: every frame with every field set.

func id(first byte) (id kv.ID) {
	for i := range id {
		id[i] = first + byte(i)
	}
	return id
}

var (
	sampleVersion = kv.Version{Time: 0x0102030405060708, Router: 0x0910}
	sampleFloor   = kv.Version{Time: 0x2122232425262728, Router: 0x292a}
	sampleKey     = []byte("key")
	sampleValue   = []byte("value")
	sampleHead    = kv.Head{Version: sampleVersion, Expiry: 0x1112131415161718,
		Checksum: 0x3132333435363738, Length: 5, Kind: kv.Live}
	sampleSession = Session{
		Protocol: ProtocolVersion, Lanes: 1, Lane: 0, Durability: DurabilityInterval, Number: 2, Router: 0x0102,
		Geometry: ring.Geometry{Servers: 3, Duplication: 1, Databases: 16, Partitions: 1024, Hash: ring.HashXXH3},
		Cluster:  id(0x40), Store: id(0x50), Journal: id(0x60), JournalSequence: 0x7172737475767778,
		Epoch: 0x8182838485868788, ApplySequence: 0x9192939495969798, Highest: sampleVersion, SilenceMillis: 2000,
		SyncMillis: 1000,
		Flushes:    AppendFlush(nil, 3, sampleFloor),
	}
)

const sampleTicket = 0xa1a2a3a4a5a6a7a8

// samples are one frame of each type, numbered from 1.
func samples() []Frame {
	all := []Frame{
		{Type: Hello, Session: sampleSession},
		{Type: Welcome, Session: sampleSession},
		{Type: Refuse, Code: NumberTaken, Value: sampleValue},
		{Type: Ready, Session: sampleSession},
		{Type: Goodbye},
		{Type: Heartbeat, Ticket: sampleTicket, Sequence: 0x7172737475767778},
		{Type: HeartbeatReply, Ticket: sampleTicket, Sequence: 0x9192939495969798, Count: 0xb1b2b3b4},
		{Type: Apply, Relaxed: true, Ticket: sampleTicket, DB: 3, Head: sampleHead, Floor: sampleFloor, Key: sampleKey, Value: sampleValue},
		{Type: ApplyReply, Code: Newer, Relaxed: true, Ticket: sampleTicket, Sequence: 0x9192939495969798, Head: sampleHead},
		{Type: Read, Code: ReadFull, Relaxed: true, Ticket: sampleTicket, DB: 3, Key: sampleKey},
		{Type: ReadReply, Code: StatusOK, Relaxed: true, Ticket: sampleTicket, Head: sampleHead, Floor: sampleFloor, Value: sampleValue},
		{Type: List, Code: ListDB, Relaxed: true, Ticket: sampleTicket, Partition: 1023, DB: 3, Hash: 0xc1c2c3c4c5c6c7c8, Limit: 0xd1d2d3d4, Key: sampleKey},
		{Type: ListReply, Relaxed: true, Ticket: sampleTicket, Partition: 1023, More: true, Floor: sampleFloor,
			Value: AppendEntry(nil, &Entry{DB: 3, Head: sampleHead, Key: sampleKey})},
		{Type: Digest, Relaxed: true, Ticket: sampleTicket, Partition: 1, Count: 1024},
		{Type: DigestReply, Relaxed: true, Ticket: sampleTicket,
			Value: AppendDigest(nil, &PartitionDigest{Partition: 1, Sum: 0xe1e2e3e4e5e6e7e8, Records: 7, Live: 6})},
		{Type: Flush, Ticket: sampleTicket, DB: 3, Version: sampleVersion},
		{Type: FlushReply, Ticket: sampleTicket, DB: 3, Version: sampleVersion},
		{Type: Probe, Ticket: sampleTicket},
		{Type: ProbeReply, Ticket: sampleTicket, Sequence: 0x9192939495969798},
		{Type: Chunk, Ticket: sampleTicket, Value: sampleValue,
			Piece: Piece{Type: ReadReply, Code: StatusOK, Flags: flagRelaxed, Total: 0x00f1f2f3, Offset: 0x00010000}},
	}
	for i := range all {
		all[i].Seq = uint32(i) + 1
	}
	return all
}

var typeNames = map[Type]string{
	Hello: "Hello", Welcome: "Welcome", Refuse: "Refuse", Ready: "Ready", Goodbye: "Goodbye", Heartbeat: "Heartbeat",
	HeartbeatReply: "HeartbeatReply", Apply: "Apply", ApplyReply: "ApplyReply", Read: "Read", ReadReply: "ReadReply", List: "List",
	ListReply: "ListReply", Digest: "Digest", DigestReply: "DigestReply", Flush: "Flush", FlushReply: "FlushReply",
	Probe: "Probe", ProbeReply: "ProbeReply", Chunk: "Chunk",
}
