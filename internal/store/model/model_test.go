package model

import (
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

func put(t *testing.T, s *Store, key, value string, version uint64) replica.LSN {
	t.Helper()
	w := replica.Write{Key: []byte(key), Value: []byte(value), Head: kv.Head{
		Version: kv.Version{Time: version}, Kind: kv.Live, Length: uint32(len(value)),
		Checksum: kv.Checksum(kv.Live, 0, []byte(value)),
	}}
	out := make([]replica.Outcome, 1)
	lsn, err := s.Apply([]replica.Write{w}, out)
	if err != nil || out[0].Code != wire.Applied {
		t.Fatalf("put %s: %v, outcome %v", key, err, out[0])
	}
	return lsn
}

func get(s *Store, key string) (string, wire.Status) {
	_, value, _, status := s.Read(0, []byte(key), nil)
	return string(value), status
}

func TestCrashKeepsWhatWasSynced(t *testing.T) {
	s := New()
	first := put(t, s, "a", "1", 1)
	put(t, s, "a", "2", 2)
	put(t, s, "b", "1", 3)
	if got, err := s.SyncTo(first); got != first || err != nil {
		t.Fatalf("SyncTo(%d) = %d, %v", first, got, err)
	}
	backup := s.Volume().Snapshot()
	next := s.Crash()
	if v, _ := get(next, "a"); v != "1" {
		t.Errorf("a = %q after the crash, want the synced 1", v)
	}
	if _, status := get(next, "b"); status != wire.StatusNone {
		t.Errorf("b has status %d, want none", status)
	}
	if next.LSN() != first {
		t.Errorf("LSN %d after the crash, want %d", next.LSN(), first)
	}
	if _, err := s.Sync(); err == nil {
		t.Error("the crashed store still syncs")
	}
	put(t, next, "a", "3", 4)
	if _, err := next.Sync(); err != nil {
		t.Fatal(err)
	}
	old, err := backup.Open()
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := get(old, "a"); v != "1" || old.Identity() != next.Identity() {
		t.Errorf("the snapshot holds a = %q, identity %v", v, old.Identity())
	}
}

func TestCloneIsABranch(t *testing.T) {
	s := New()
	put(t, s, "a", "1", 1)
	c := s.Clone()
	put(t, s, "a", "2", 2)
	if v, _ := get(c, "a"); v != "1" {
		t.Errorf("a = %q in the clone, want 1", v)
	}
	if _, status := get(c.Crash(), "a"); status != wire.StatusNone {
		t.Errorf("the clone made an unsynced record durable")
	}
}

func TestRotIsFoundAndMended(t *testing.T) {
	s := New()
	put(t, s, "a", "1", 1)
	if !s.Rot(0, []byte("a")) {
		t.Fatal("nothing to rot")
	}
	if _, status := get(s, "a"); status != wire.StatusRotten || s.Rotten() != 1 {
		t.Fatalf("status %d, rotten %d", status, s.Rotten())
	}
	put(t, s, "a", "1", 1)
	if v, status := get(s, "a"); v != "1" || status != wire.StatusOK || s.Rotten() != 0 {
		t.Errorf("after mending: %q, status %d, rotten %d", v, status, s.Rotten())
	}
}
