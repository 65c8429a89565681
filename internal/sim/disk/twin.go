package disk

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/sim/crashfs"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

// durableStore is an open store of the engine. Every call is made of the model too, and must have the same answer.
type durableStore struct {
	*engine.Store
	twin   *model.Store
	volume *durableVolume
	power  *power
	faults *Faults

	through  bool
	written  int // bytes since Compact
	syncs    int // since Compact
	outcomes []replica.Outcome
	failed   bool // a flush: nobody knows whether it is on the disk
	unread   bool // its file system fails reads
	full     bool // its disk was full at the last call
}

// call makes a call of the engine, which is an error if the power goes meanwhile.
func (s *durableStore) call(f func() error) error {
	if _, dark := s.power.left(); dark != nil {
		return ErrPower
	}
	s.fills()
	if err := s.turns(); err != nil {
		return err
	}
	s.power.set(*s.faults)
	err := f()
	at, dark := s.power.left()
	s.faults.PowerAt = at
	if dark != nil {
		return ErrPower
	}
	return err
}

// fills sees to it that what was given to a disk that is full now is there.
func (s *durableStore) fills() {
	if _, dark := s.power.left(); dark == nil && s.faults.Full && !s.full {
		s.drain()
	}
	s.full = s.faults.Full
}

// drain has Pebble write what it gives to the log block by block, whenever it gets to it: else it would depend on that whether
// a disk that is full now still took it.
func (s *durableStore) drain() {
	s.power.set(Faults{})
	if lsn, err := s.Store.Sync(); err == nil { // else it failed before
		_, err := s.twin.SyncTo(lsn)
		must(err)
	}
}

// turns tells that Pebble might turn its log now, and that the disk would not let it. Pebble ends the process then, the server's and this one: the server
// has ended.
func (s *durableStore) turns() error {
	switch {
	case s.written <= turnBytes:
	case s.faults.SyncFails:
		return errSync
	case s.faults.Full:
		return errFull
	}
	return nil
}

// wrote is called after each write: on a full disk it comes out at once that nothing was written, and not when Pebble's
// goroutines get to it.
func (s *durableStore) wrote() error {
	if s.faults.Full {
		_, err := s.Sync()
		return err
	}
	if s.written > compactBytes {
		return s.compact()
	}
	return nil
}

// compact lets Pebble do what it does in the background otherwise.
func (s *durableStore) compact() error {
	if f := *s.faults; f.Full || f.SyncFails || f.ReadFails { // Pebble would try again and again
		return nil
	}
	s.written, s.syncs = 0, 0
	if err := s.call(s.Store.Compact); err != nil {
		return err
	}
	s.volume.reached.Compacted++
	_, err := s.twin.Sync()
	return err
}

func (s *durableStore) SetIdentity(id replica.Identity) error {
	if id == s.Identity() {
		return nil
	}
	if err := s.call(func() error { return s.Store.SetIdentity(id) }); err != nil {
		s.volume.maybe = id
		return err
	}
	_, err := s.twin.Sync() // the log is one
	must(err)
	return s.twin.SetIdentity(id)
}

func (s *durableStore) Apply(batch []replica.Write, outcomes []replica.Outcome) (lsn replica.LSN, _ error) {
	s.fills()
	for i := range batch {
		s.written += len(batch[i].Key) + len(batch[i].Value)
	}
	if err := s.call(func() (err error) { lsn, err = s.Store.Apply(batch, outcomes); return err }); err != nil {
		return 0, err
	}
	s.outcomes = slices.Grow(s.outcomes[:0], len(batch))[:len(batch)]
	if s.faults.Tight {
		refuse(s.twin, batch, s.outcomes)
	} else if _, err := s.twin.Apply(batch, s.outcomes); err != nil {
		return 0, err
	}
	same("outcomes", outcomes, s.outcomes, slices.Equal)
	equal("the apply sequence", lsn, s.twin.LSN())
	return lsn, s.wrote()
}

func (s *durableStore) Flush(db kv.DB, version kv.Version) (replica.LSN, error) {
	lsn, err := s.both(func() (replica.LSN, error) { return s.Store.Flush(db, version) }, func() (replica.LSN, error) {
		before := s.twin.LSN()
		lsn, err := s.twin.Flush(db, version)
		if err != nil || !s.through || lsn == before { // else there was something to remove, which is synced at once
			return lsn, err
		}
		return s.twin.Sync()
	})
	if err != nil {
		s.failed = true
		_, twinErr := s.twin.Flush(db, version)
		must(twinErr)
	}
	return lsn, err
}

func (s *durableStore) Advance(to replica.LSN) (replica.LSN, error) {
	return s.both(func() (replica.LSN, error) { return s.Store.Advance(to) },
		func() (replica.LSN, error) { return s.twin.Advance(to) })
}

func (s *durableStore) Remove(db kv.DB, key []byte) (replica.LSN, error) {
	return s.both(func() (replica.LSN, error) { return s.Store.Remove(db, key) },
		func() (replica.LSN, error) { return s.twin.Remove(db, key) })
}

// both makes a call that writes.
func (s *durableStore) both(real, twin func() (replica.LSN, error)) (lsn replica.LSN, _ error) {
	if err := s.call(func() (err error) { lsn, err = real(); return err }); err != nil {
		return 0, err
	}
	want, err := twin()
	must(err)
	equal("the apply sequence", lsn, want)
	return lsn, s.wrote()
}

func (s *durableStore) WriteThrough(on bool) error {
	if on == s.through {
		return nil
	}
	if err := s.call(func() error { return s.Store.WriteThrough(on) }); err != nil {
		return err
	}
	s.through = on
	_, err := s.twin.Sync()
	return err
}

func (s *durableStore) Sync() (lsn replica.LSN, _ error) {
	if err := s.call(func() (err error) { lsn, err = s.Store.Sync(); return err }); err != nil {
		return 0, err
	}
	_, err := s.twin.SyncTo(lsn)
	must(err)
	if s.syncs++; s.syncs >= compactSyncs {
		return lsn, s.compact()
	}
	return lsn, nil
}

func (s *durableStore) Read(db kv.DB, key, dst []byte) (kv.Head, []byte, replica.LSN, wire.Status) {
	s.turnReads()
	h, out, lsn, status := s.Store.Read(db, key, dst)
	if status == wire.StatusFailed && s.faults.ReadFails {
		s.volume.reached.Unread++
		return h, out, lsn, status
	}
	if status == wire.StatusOK && s.twin.Damaged(db, key) { // the engine had read it before it was damaged
		wantHead, wantLSN := s.twin.Head(db, key)
		equal("the head", h, wantHead)
		equal("the record's apply sequence", lsn, wantLSN)
		equal("the checksum", kv.Checksum(h.Kind, h.Expiry, out[len(dst):]), h.Checksum)
		return h, out, lsn, status
	}
	wantHead, want, wantLSN, wantStatus := s.twin.Read(db, key, nil)
	equal("the head", h, wantHead)
	equal("the status", status, wantStatus)
	equal("the record's apply sequence", lsn, wantLSN)
	same("the value", out[len(dst):], want, bytes.Equal)
	return h, out, lsn, status
}

// turnReads has the file system fail reads, or not any more. What is read then is in a file, and was not read before.
func (s *durableStore) turnReads() {
	if s.faults.ReadFails && !s.unread {
		then := *s.faults
		*s.faults = Faults{}
		_ = s.compact() // fails only if the store has failed
		*s.faults = then
	}
	s.unread = s.faults.ReadFails
	s.power.setReads(s.unread)
}

func (s *durableStore) Scan(p kv.Partition, after replica.Cursor, dst []byte, maxBytes int) ([]byte, bool, replica.LSN) {
	page, more, lsn := s.Store.Scan(p, after, dst, maxBytes)
	want, wantMore, wantLSN := s.twin.Scan(p, after, nil, maxBytes)
	same("a page", page[len(dst):], want, bytes.Equal)
	equal("more", more, wantMore)
	equal("the apply sequence", lsn, wantLSN)
	return page, more, lsn
}

func (s *durableStore) Digest(p kv.Partition) digest.Digest {
	d := s.Store.Digest(p)
	equal("a digest", d, s.twin.Digest(p))
	return d
}

// compare demands that both hold the same.
func (s *durableStore) compare() {
	if maybe := s.volume.maybe; s.Identity() == maybe {
		must(s.twin.SetIdentity(maybe))
	}
	s.volume.maybe = replica.Identity{}
	equal("the identity", s.Identity(), s.twin.Identity())
	equal("the apply sequence", s.LSN(), s.twin.LSN())
	live, highest := s.Totals()
	wantLive, wantHighest := s.twin.Totals()
	equal("live records", live, wantLive)
	equal("the highest version", highest, wantHighest)
	for db := range kv.DB(16) {
		equal("a flush", s.Flushed(db), s.twin.Flushed(db))
	}
	each(s, func(e *wire.Entry) {
		if !s.twin.Damaged(e.DB, e.Key) { // else nobody has noticed it yet
			s.Read(e.DB, e.Key, nil)
		}
	})
}

// Crash leaves what was synced, so many fourths of the log behind it, or, with all four, everything that reached the file system.
func (s *durableStore) Crash(fourths int) {
	v := s.volume
	_, left := s.power.left()
	s.power.set(Faults{})
	cut := left != nil
	if cut {
		v.reached.CutInside++
	} else {
		left = s.crash(fourths)
	}
	_ = s.Store.Close() // nobody will see what it does
	v.fs = left
	if cut || fourths > 0 { // the twin's volume holds as much as was found
		found := v.probe(left)
		if all := s.twin.LSN(); fourths == 4 && s.through && !cut && found != all && !(s.failed && found == all-1) {
			panic(fmt.Sprintf("disk: %d of %d batches outlived the process", found, all))
		}
		_, err := s.twin.SyncTo(found)
		must(err)
	}
	_ = s.twin.Close() // a store of the model always closes
}

func (s *durableStore) crash(fourths int) *vfs.MemFS {
	mem := s.power.mem
	push := func() { _, _ = s.Store.Sync() } // after an error nothing more gets there
	switch {
	case fourths == 0:
		return crashfs.Synced(mem)
	case fourths < 4:
		s.volume.reached.Torn++
		return crashfs.Tear(mem, dir, fourths, push)
	case s.through: // as the end of the process leaves it: what Pebble had not given to the system is in the tail
		return mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(0, 0))})
	}
	push()
	return crashfs.Synced(mem)
}

func equal[T comparable](what string, got, want T) {
	if got != want {
		panic(fmt.Sprintf("disk: %s is %v, the model's %v", what, got, want))
	}
}

func same[T any](what string, got, want []T, eq func(a, b []T) bool) {
	if !eq(got, want) {
		panic(fmt.Sprintf("disk: %s are %v, the model's %v", what, got, want))
	}
}

// must: a file system in memory does what it is asked.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
