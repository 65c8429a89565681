package disk

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

func write(key, value string, version uint64) replica.Write {
	return replica.Write{Key: []byte(key), Value: []byte(value), Head: kv.Head{
		Version: kv.Version{Time: version}, Kind: kv.Live, Length: uint32(len(value)), Checksum: kv.Checksum(kv.Live, 0, []byte(value)),
	}}
}

// fill writes until the store fails, and tells how many records are certainly there.
func fill(t *testing.T, s Store, from, n uint64) (synced uint64, err error) {
	t.Helper()
	for i := from; i < from+n; i++ {
		w := write(fmt.Sprint("key", i), string(make([]byte, i%7*100)), i)
		if _, err := s.Apply([]replica.Write{w}, make([]replica.Outcome, 1)); err != nil {
			return synced, err
		}
		if i%3 == 0 {
			if _, err := s.Sync(); err != nil {
				return synced, err
			}
			synced = i
		}
	}
	return synced, nil
}

// TestPowerGoesAnywhere: wherever the power goes, what was synced is there, and no more than was written. That it is what was
// written, the twin sees to.
func TestPowerGoesAnywhere(t *testing.T) {
	reached := &Reached{}
	for at := range 60 {
		v := NewDurable(kv.ID{1}, reached)
		f := &Faults{PowerAt: at}
		s, err := v.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		synced, err := fill(t, s, 1, 40+uint64(at%4))
		if err != nil && !errors.Is(err, ErrPower) {
			t.Fatal(err)
		}
		s.Crash(at % 5)
		f.PowerAt = at % 3
		if s, err = v.Open(f); err != nil {
			t.Fatal(err)
		}
		for i := uint64(1); i <= synced; i++ {
			if _, _, _, status := s.Read(0, fmt.Append(nil, "key", i), nil); status != wire.StatusOK {
				t.Fatalf("power cut %d: record %d of %d has status %d", at, i, synced, status)
			}
		}
		if v.Snapshot().Head(0, []byte("key1")) != v.Head(0, []byte("key1")) {
			t.Error("a snapshot holds something else")
		}
		s.Crash(0)
	}
	if reached.Compacted == 0 || reached.CutInside < 10 || reached.CutOpen < 10 || reached.Torn < 10 {
		t.Errorf("too little was reached to prove anything: %+v", *reached)
	}
}

// TestProcessEnds: with the tail, what was written outlives the process though nothing was synced.
func TestProcessEnds(t *testing.T) {
	v := NewDurable(kv.ID{1}, &Reached{})
	s, err := v.Open(&Faults{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.WriteThrough(true); err != nil {
		t.Fatal(err)
	}
	for i := uint64(1); i < 20; i++ {
		if _, err := s.Apply([]replica.Write{write("key", fmt.Sprint(i), i)}, make([]replica.Outcome, 1)); err != nil {
			t.Fatal(err)
		}
	}
	want := s.LSN()
	s.Crash(4)
	if s, err = v.Open(&Faults{}); err != nil || s.LSN() != want {
		t.Fatalf("apply sequence %d of %d, %v", s.LSN(), want, err)
	}
	s.Crash(0)
}

// TestBadDisk: what fails says why, and no record is written that is not there afterwards.
func TestBadDisk(t *testing.T) {
	for want, f := range map[string]Faults{"no space": {Full: true}, "the sync failed": {SyncFails: true}} {
		v := NewDurable(kv.ID{1}, &Reached{})
		now := &Faults{}
		s, err := v.Open(now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fill(t, s, 1, 9); err != nil {
			t.Fatal(err)
		}
		*now = f
		if _, err := fill(t, s, 10, 9); err == nil || !errors.Is(err, errFull) && !errors.Is(err, errSync) {
			t.Errorf("%s: %v", want, err)
		}
		s.Crash(2)
		if s, err = v.Open(now); err != nil {
			t.Fatal(err)
		}
		s.Crash(0)
	}
}

// TestNoRoom: a write for which there is no room is refused, and nothing else.
func TestNoRoom(t *testing.T) {
	for _, v := range []Volume{NewModel(kv.ID{1}), NewDurable(kv.ID{1}, &Reached{})} {
		s, err := v.Open(&Faults{Tight: true})
		if err != nil {
			t.Fatal(err)
		}
		out := make([]replica.Outcome, 1)
		if _, err := s.Apply([]replica.Write{write("key", "value", 1)}, out); err != nil || out[0].Code != wire.Failed {
			t.Errorf("outcome %+v, %v", out[0], err)
		}
		if _, err := s.Flush(0, kv.Version{Time: 5}); err != nil {
			t.Error(err)
		}
		s.Crash(0)
	}
}

// TestRot: whatever is damaged, the store goes on, and tells of no record but those in the damaged block that it is rotten. That nothing else
// changes, the twin sees to.
func TestRot(t *testing.T) {
	for _, id := range []kv.ID{{1, 0}, {1, 1}} {
		reached := &Reached{}
		for i := range 30 {
			v := NewDurable(id, reached)
			s, err := v.Open(&Faults{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fill(t, s, 1, 40); err != nil {
				t.Fatal(err)
			}
			var damaged int
			key := fmt.Append(nil, "key", i+1)
			hit := s.Rot(0, key, func(kv.DB, []byte) bool { damaged++; return true })
			if hit && (damaged == 0 || !v.Rotten(0, key)) {
				t.Errorf("%s was damaged, and %d are", key, damaged)
			}
			_, _ = fill(t, s, 100, 30)
			s.Crash(0)
			if s, err = v.Open(&Faults{}); err != nil {
				t.Fatal(err)
			}
			if _, _, _, status := s.Read(0, key, nil); hit && status != wire.StatusRotten {
				t.Errorf("%s has status %d", key, status)
			}
			s.Crash(0)
		}
		if reached.Rotted == 0 || reached.RotHeads == 0 || id[1] == 1 && reached.Rotted == reached.RotHeads {
			t.Errorf("too little was reached to prove anything: %+v", *reached)
		}
	}
}

// TestFullAfterOpening: a disk that is full when nothing is written takes nothing away, whatever an opening has left to be written.
func TestFullAfterOpening(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // Pebble's goroutines run when the test lets them
	v := NewDurable(kv.ID{1}, &Reached{})
	for i := range uint64(40) {
		f := &Faults{}
		s, err := v.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		f.Full = true
		for range 3 {
			if _, err := s.Sync(); err != nil {
				t.Fatal(err)
			}
			runtime.Gosched()
		}
		f.Full = false
		id := s.Identity()
		id.Epoch = i + 1
		if err := s.SetIdentity(id); err != nil {
			t.Fatalf("opening %d: %v", i, err)
		}
		s.Crash(0)
	}
}

// TestTurnsNoLog: a store whose disk fails ends before Pebble turns its log there, which would end the process.
func TestTurnsNoLog(t *testing.T) {
	for _, f := range []Faults{{SyncFails: true}, {Full: true}} {
		v := NewDurable(kv.ID{1}, &Reached{})
		faults := &Faults{}
		s, err := v.Open(faults)
		if err != nil {
			t.Fatal(err)
		}
		*faults = f
		w := []replica.Write{write("a", string(make([]byte, 100<<10)), 1), write("b", string(make([]byte, 200<<10)), 2)}
		if _, err := s.Apply(w, make([]replica.Outcome, len(w))); err == nil {
			t.Errorf("%+v: applied", f)
		}
		*faults = Faults{}
		s.Crash(2)
		if _, err := v.Open(faults); err != nil {
			t.Error(err)
		}
	}
}
