package replica

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// Session is everything that is bound to one connection to a router. A new one starts empty, and
// is begun only after the connection of the one before is closed and its reader has ended.
//
// The goroutine that reads the connection calls all methods; only Queue is shared with who
// syncs the store, under a lock of theirs.
type Session struct {
	// Queue holds the answers that wait.
	Queue Queue

	r        *Replica
	epoch    uint64
	admitted bool
	frame    wire.Frame
	reply    wire.Frame
	writes   []Write
	asked    []asked // of writes
	outcomes []Outcome
	page     []byte
}

// asked is what the answer to a write needs of its request.
type asked struct {
	ticket  uint64
	relaxed bool
}

// add takes an answer that leaves once lsn is durable, or at once if the request was content with that.
func (s *Session) add(out *Answers, lsn LSN) { out.add(s.wait(lsn), &s.reply) }

// wait is the LSN that the answer waits for.
func (s *Session) wait(lsn LSN) LSN {
	if s.reply.Relaxed {
		return 0
	}
	return lsn
}

// Begin makes a new session the current one.
func (r *Replica) Begin() *Session {
	r.session = &Session{r: r}
	return r.session
}

// Hello appends the first frame of the session.
func (s *Session) Hello(dst []byte) []byte {
	s.assertCurrent()
	id := &s.r.identity
	_, highest := s.r.store.Totals()
	f := wire.Frame{Type: wire.Hello, Seq: s.Queue.next(), Session: wire.Session{
		Protocol: wire.ProtocolVersion, Lanes: 1, Number: s.r.cfg.Number, Geometry: id.Geometry,
		Cluster: id.Cluster, Store: id.Store, Journal: id.Journal, JournalSequence: s.r.learned,
		Epoch: id.Epoch, ApplySequence: uint64(s.r.store.LSN()), Highest: highest,
	}}
	for db := range kv.DB(id.Geometry.Databases) {
		if v := s.r.store.Flushed(db); !v.IsZero() {
			f.Session.Flushes = wire.AppendFlush(f.Session.Flushes, db, v)
		}
	}
	return wire.Append(dst, &f)
}

// Welcome takes the router's answer to the hello, which it also returns, and answers Ready, which leaves
// once the session is durable here. Errors: *Refused (by either side), *ProtocolError, ErrGoodbye, *StoreError.
func (s *Session) Welcome(frame []byte, out *Answers) (wire.Session, error) {
	s.assertCurrent()
	f := &s.frame
	if err := wire.Decode(frame, f); err != nil {
		return wire.Session{}, broken("the answer to the hello: %v", err)
	}
	if err := s.answered(f, out); err != nil {
		return wire.Session{}, err
	}
	welcome := f.Session
	welcome.Flushes = nil // points into the frame
	return welcome, nil
}

func (s *Session) answered(f *wire.Frame, out *Answers) error {
	switch f.Type {
	case wire.Welcome:
		if err := s.r.judge(&f.Session); err != nil {
			return err
		}
		return s.admit(&f.Session, out)
	case wire.Refuse:
		return &Refused{Code: f.Code, Reason: string(f.Value), ByRouter: true}
	case wire.Goodbye:
		return ErrGoodbye
	}
	return broken("a frame of type %d answers the hello", f.Type)
}

// AppendRefuse tells the router why this server refused it.
func (s *Session) AppendRefuse(dst []byte, r *Refused) []byte {
	f := wire.Frame{Type: wire.Refuse, Code: r.Code, Seq: s.Queue.next(), Value: []byte(r.Error())}
	return wire.Append(dst, &f)
}

// AppendGoodbye ends the session in order. Answers that still wait are not sent after it.
func (s *Session) AppendGoodbye(dst []byte) []byte {
	f := wire.Frame{Type: wire.Goodbye, Seq: s.Queue.next()}
	return wire.Append(dst, &f)
}

// judge compares the router's side with the volume.
func (r *Replica) judge(w *wire.Session) error {
	id := &r.identity
	refuse := func(code wire.Refusal, format string, args ...any) error {
		return &Refused{Code: code, Reason: fmt.Sprintf(format, args...)}
	}
	if w.Protocol != wire.ProtocolVersion {
		return refuse(wire.WrongProtocol, "it speaks protocol %d, this server %d", w.Protocol, wire.ProtocolVersion)
	}
	if !w.Durability.Known() {
		return refuse(wire.WrongProtocol, "it asks for durability %d, which this server does not know", w.Durability)
	}
	if w.Cluster.IsZero() {
		return broken("a welcome without a cluster id")
	}
	if faults := w.Geometry.Validate(); len(faults) > 0 {
		return refuse(wire.WrongGeometry, "its geometry is invalid: %v", faults[0])
	}
	if w.Geometry.Partitions != kv.Partitions || w.Geometry.Hash != ringHash {
		return refuse(wire.WrongGeometry, "it places keys otherwise: %v", w.Geometry)
	}
	if !id.Cluster.IsZero() {
		if id.Cluster != w.Cluster {
			return refuse(wire.WrongCluster, "its cluster is %v, this volume's is %v", w.Cluster, id.Cluster)
		}
		if id.Geometry != w.Geometry {
			return refuse(wire.WrongGeometry, "it has %v; this volume was written with %v", w.Geometry, id.Geometry)
		}
		if w.Epoch < id.Epoch && !planted.On(planted.StaleEpochObeyed) {
			return refuse(wire.StaleEpoch, "its epoch is %d, this server has served epoch %d", w.Epoch, id.Epoch)
		}
	}
	if uint16(r.cfg.Number) >= w.Geometry.Servers {
		return refuse(wire.WrongNumber, "--number is %d, the cluster's servers are 0 … %d", r.cfg.Number, w.Geometry.Servers-1)
	}
	return nil
}

// admit makes the session durable: identity, apply sequence, flush table.
func (s *Session) admit(w *wire.Session, out *Answers) error {
	r := s.r
	if s.admitted {
		return broken("a second welcome")
	}
	id := r.identity
	id.Cluster, id.Geometry, id.Number, id.Epoch = w.Cluster, w.Geometry, r.cfg.Number, w.Epoch
	id.Journal, id.JournalSequence = w.Journal, w.JournalSequence
	if err := r.setIdentity(id); err != nil {
		return err
	}
	r.learned = w.JournalSequence
	if err := r.store.WriteThrough(w.Durability.Relaxed()); err != nil {
		return &StoreError{Err: err}
	}
	lsn, err := r.store.Advance(LSN(w.ApplySequence))
	if err != nil {
		return &StoreError{Err: err}
	}
	for rest := w.Flushes; len(rest) > 0; {
		db, v, tail, ok := wire.NextFlush(rest)
		if !ok || uint16(db) >= w.Geometry.Databases {
			return broken("the flush table of the welcome is malformed")
		}
		if lsn, err = s.flush(db, v); err != nil {
			return err
		}
		rest = tail
	}
	s.epoch, s.admitted = w.Epoch, true
	s.reply = wire.Frame{Type: wire.Ready, Session: wire.Session{
		Protocol: wire.ProtocolVersion, Lanes: 1, Number: r.cfg.Number, Geometry: id.Geometry, Cluster: id.Cluster,
		Store: id.Store, Journal: id.Journal, JournalSequence: id.JournalSequence, Epoch: id.Epoch, ApplySequence: uint64(lsn),
	}}
	out.add(lsn, &s.reply)
	return nil
}
