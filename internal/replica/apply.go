package replica

import (
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// apply adds a write to the group that goes to the store in one batch.
func (s *Session) apply(f *wire.Frame, out *Answers) error {
	if err := s.held(f.DB, f.Key); err != nil {
		return err
	}
	h := &f.Head
	switch {
	case h.Kind != kv.Live && (h.Kind != kv.Tombstone || len(f.Value) > 0):
		return broken("a write of kind %d with %d bytes", h.Kind, len(f.Value))
	case h.Version.IsZero():
		return broken("a write without a version")
	case int(h.Length) != len(f.Value):
		return broken("a write of length %d with %d bytes", h.Length, len(f.Value))
	}
	if kv.Checksum(h.Kind, h.Expiry, f.Value) != h.Checksum {
		return s.damaged(f, out)
	}
	s.writes = append(s.writes, Write{DB: f.DB, Head: f.Head, Floor: f.Floor, Key: f.Key, Value: f.Value})
	s.asked = append(s.asked, asked{ticket: f.Ticket, relaxed: f.Relaxed})
	return nil
}

// damaged answers a record that was rotten before it was sent: the link's own checksum held.
func (s *Session) damaged(f *wire.Frame, out *Answers) error {
	if err := s.applyGroup(out); err != nil {
		return err
	}
	head, lsn := s.r.store.Head(f.DB, f.Key)
	s.reply = wire.Frame{Type: wire.ApplyReply, Code: wire.Failed, Relaxed: f.Relaxed, Ticket: f.Ticket, Head: head, Sequence: uint64(lsn)}
	s.add(out, 0)
	return nil
}

// applyGroup applies the writes gathered so far.
func (s *Session) applyGroup(out *Answers) error {
	n := len(s.writes)
	if n == 0 {
		return nil
	}
	for len(s.outcomes) < n {
		s.outcomes = append(s.outcomes, Outcome{})
	}
	lsn, err := s.r.store.Apply(s.writes, s.outcomes[:n])
	if err != nil {
		return &StoreError{Err: err}
	}
	if lsn, err = s.mend(lsn); err != nil {
		return &StoreError{Err: err}
	}
	for i := range s.writes {
		o := &s.outcomes[i]
		assertOutcome(&s.writes[i], o)
		s.reply = wire.Frame{
			Type: wire.ApplyReply, Code: o.Code, Relaxed: s.asked[i].relaxed, Ticket: s.asked[i].ticket,
			Head: o.Head, Sequence: uint64(lsn),
		}
		wait := lsn
		if o.Code == wire.Failed { // waits for no disk: a read behind the write must not be answered before it
			wait = 0
		}
		s.add(out, wait)
	}
	clear(s.writes) // they point into the link's buffer
	s.writes, s.asked = s.writes[:0], s.asked[:0]
	return nil
}

// mend looks at the records of the group that the store says it has already, and writes those again that are rotten:
// on a confirmation others let go of what they hold. An equal record is rare enough to be read.
func (s *Session) mend(lsn LSN) (LSN, error) {
	for i := range s.writes {
		w, o := &s.writes[i], &s.outcomes[i]
		if o.Code != wire.Equal || len(w.Value) == 0 || planted.On(planted.EqualUnread) {
			continue
		}
		_, page, _, status := s.r.store.Read(w.DB, w.Key, s.page[:0])
		if cap(page) <= keepBytes {
			s.page = page
		}
		switch status {
		case wire.StatusOK:
		case wire.StatusRotten:
			again, err := s.r.store.Apply(s.writes[i:i+1], s.outcomes[i:i+1])
			if err != nil {
				return 0, err
			}
			lsn = max(lsn, again)
		default:
			o.Code = wire.Failed
		}
	}
	return lsn, nil
}
