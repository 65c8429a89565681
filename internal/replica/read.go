package replica

import (
	"slices"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// read answers with a record, which leaves once it is durable, unless the request is relaxed; so does an absence
// that a flush may have made.
func (s *Session) read(f *wire.Frame, out *Answers) error {
	if err := s.held(f.DB, f.Key); err != nil {
		return err
	}
	s.reply = wire.Frame{Type: wire.ReadReply, Relaxed: f.Relaxed, Ticket: f.Ticket}
	head, lsn := s.r.store.Head(f.DB, f.Key)
	large := head.Length > wire.LargeValue
	switch {
	case f.Code == wire.ReadFull && large:
		s.readLarge(f, out, int(head.Length))
		return nil
	case f.Code == wire.ReadFull, f.Code == wire.ReadSmall && !large:
		s.readFull(f, out)
		return nil
	}
	s.reply.Head = head
	if !head.Exists() {
		s.reply.Code, lsn = wire.StatusNone, max(lsn, s.r.lastGone)
	}
	if planted.On(planted.ReadUnsynced) {
		lsn = 0
	}
	s.add(out, lsn)
	return nil
}

// readFull lets the store append the value right behind the encoded head.
func (s *Session) readFull(f *wire.Frame, out *Answers) {
	start := len(out.buf)
	out.buf = wire.AppendUnsealed(out.buf, &s.reply)
	fixed := len(out.buf)
	head, buf, lsn, status := s.r.store.Read(f.DB, f.Key, out.buf)
	if status != wire.StatusOK {
		buf = buf[:fixed]
	}
	if status == wire.StatusNone {
		lsn = max(lsn, s.r.lastGone)
	}
	wire.SetReadReply(buf[start:], status, head)
	out.buf = buf
	if planted.On(planted.ReadUnsynced) {
		lsn = 0
	}
	out.close(s.wait(lsn))
}

// readLarge lets the store fill memory that the answer takes along.
func (s *Session) readLarge(f *wire.Frame, out *Answers, length int) {
	head, value, lsn, status := s.r.store.Read(f.DB, f.Key, make([]byte, 0, length))
	s.reply.Code, s.reply.Head = status, head
	if status == wire.StatusOK {
		out.addLarge(s.wait(lsn), &s.reply, value)
	} else {
		s.add(out, lsn)
	}
}

// list answers with a page of a partition's records.
func (s *Session) list(f *wire.Frame, out *Answers) error {
	if err := s.heldPartition(f.Partition); err != nil {
		return err
	}
	limit := int(min(max(f.Limit, 1), MaxPage))
	page, more, lsn := s.r.store.Scan(f.Partition, Cursor{DB: f.DB, Hash: f.Hash, Key: f.Key}, s.page[:0], limit)
	if cap(page) <= keepBytes {
		s.page = page
	}
	if f.Code == wire.ListDB {
		if cut := databaseEnd(page, f.DB); cut < len(page) {
			page, more = page[:cut], false
		}
	}
	s.reply = wire.Frame{
		Type: wire.ListReply, Relaxed: f.Relaxed, Ticket: f.Ticket, Partition: f.Partition, More: more, Value: page,
	}
	s.add(out, lsn)
	return nil
}

// databaseEnd is where the entries of the database end in a page that begins with them.
func databaseEnd(page []byte, db kv.DB) int {
	var e wire.Entry
	for rest := page; len(rest) > 0; {
		tail, ok := wire.NextEntry(rest, &e)
		if !ok {
			panic("replica: the store wrote a malformed listing")
		}
		if e.DB != db {
			return len(page) - len(rest)
		}
		rest = tail
	}
	return len(page)
}

// digest answers with the digests of a range of partitions, as far as this server has copies.
func (s *Session) digest(f *wire.Frame, out *Answers) error {
	first := int(f.Partition)
	if uint64(first)+uint64(f.Count) > kv.Partitions {
		return broken("digests of %d partitions from %d", f.Count, first)
	}
	if f.Count == kv.Partitions {
		s.r.sample()
	}
	s.page = slices.Grow(s.page[:0], int(f.Count)*wire.DigestSize)
	for p := range s.r.identity.Geometry.Held(s.r.cfg.Number, f.Partition, kv.Partition(first+int(f.Count))) {
		d := s.r.store.Digest(p)
		s.page = wire.AppendDigest(s.page, &wire.PartitionDigest{Partition: p, Sum: d.Sum, Records: d.Records, Live: d.Live})
	}
	s.reply = wire.Frame{Type: wire.DigestReply, Relaxed: f.Relaxed, Ticket: f.Ticket, Value: s.page}
	s.add(out, s.r.store.LSN())
	return nil
}

// flushDB empties a database up to a version.
func (s *Session) flushDB(f *wire.Frame, out *Answers) error {
	if uint16(f.DB) >= s.r.identity.Geometry.Databases || f.Version.IsZero() {
		return broken("a flush of database %d at version %v", f.DB, f.Version)
	}
	lsn, err := s.flush(f.DB, f.Version)
	if err != nil {
		return err
	}
	s.reply = wire.Frame{Type: wire.FlushReply, Ticket: f.Ticket, DB: f.DB, Version: f.Version}
	out.add(lsn, &s.reply)
	return nil
}

func (s *Session) flush(db kv.DB, v kv.Version) (LSN, error) {
	lsn, err := s.r.store.Flush(db, v)
	if err != nil {
		return 0, &StoreError{Err: err}
	}
	s.r.lastGone = max(s.r.lastGone, lsn)
	return lsn, nil
}
