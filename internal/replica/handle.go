package replica

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

const ringHash = ring.HashXXH3

// Handle processes request frames in their order and adds the answers to out. It stops early,
// between frames, when out holds Config.BatchBytes: n frames are done, the rest are to be handed in
// again once the answers were taken. durable is what the latest Sync returned.
//
// After an error the session has ended: *ProtocolError or ErrGoodbye (answers in out may still leave), or
// *StoreError, which is final for the store.
func (s *Session) Handle(frames [][]byte, durable LSN, out *Answers) (n int, err error) {
	s.assertCurrent()
	if !s.admitted {
		panic("replica: requests before the welcome")
	}
	for n < len(frames) && err == nil && out.Bytes() < s.r.cfg.BatchBytes {
		err = s.request(frames[n], durable, out)
		n++
	}
	if applied := s.applyGroup(out); applied != nil {
		return n, applied
	}
	return n, err
}

func (s *Session) request(frame []byte, durable LSN, out *Answers) error {
	f := &s.frame
	if err := wire.Decode(frame, f); err != nil {
		return broken("%v", err)
	}
	if f.Type == wire.Apply {
		return s.apply(f, out)
	}
	// Lane order: whatever comes after writes must see them.
	if err := s.applyGroup(out); err != nil {
		return err
	}
	switch f.Type {
	case wire.Read:
		return s.read(f, out)
	case wire.Heartbeat:
		return s.heartbeat(f, durable, out)
	case wire.List:
		return s.list(f, out)
	case wire.Digest:
		return s.digest(f, out)
	case wire.Flush:
		return s.flushDB(f, out)
	case wire.Probe:
		return s.probe(f, out)
	case wire.Goodbye:
		return ErrGoodbye
	}
	return broken("a frame of type %d during the session", f.Type)
}

// heartbeat tells how much is held. It waits for nothing: it is a sign of life.
func (s *Session) heartbeat(f *wire.Frame, durable LSN, out *Answers) error {
	live, _ := s.r.store.Totals()
	s.reply = wire.Frame{
		Type: wire.HeartbeatReply, Ticket: f.Ticket,
		Count: uint32(min(live, 1<<32-1)), Sequence: uint64(durable),
	}
	out.add(0, &s.reply)
	if f.Sequence <= s.r.learned {
		return nil
	}
	s.r.learned = f.Sequence
	if s.r.heard++; s.r.heard < rememberEvery {
		return nil
	}
	return s.r.Remember()
}

// probe shows that the disk takes writes: it moves the apply sequence on, durably, and nothing else.
func (s *Session) probe(f *wire.Frame, out *Answers) error {
	lsn, err := s.r.store.Advance(s.r.store.LSN() + 1)
	if err != nil {
		return &StoreError{Err: err}
	}
	s.reply = wire.Frame{Type: wire.ProbeReply, Ticket: f.Ticket, Sequence: uint64(lsn)}
	out.add(lsn, &s.reply)
	return nil
}

// held tells that this server is a copy of the key's partition; the geometry was agreed on, so
// a router that thinks otherwise is broken.
func (s *Session) held(db kv.DB, key []byte) error {
	if uint16(db) >= s.r.identity.Geometry.Databases {
		return broken("database %d of %d", db, s.r.identity.Geometry.Databases)
	}
	return s.heldPartition(kv.HashKey(db, key).Partition())
}

func (s *Session) heldPartition(p kv.Partition) error {
	if p >= kv.Partitions || s.r.identity.Geometry.Copy(p, s.r.cfg.Number) < 0 {
		return broken("partition %d has no copy on server %d", p, s.r.cfg.Number)
	}
	return nil
}
