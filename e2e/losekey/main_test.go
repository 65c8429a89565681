package main

import (
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/engine"
)

func TestLosesJustTheKey(t *testing.T) {
	folder := t.TempDir()
	store := open(t, folder)
	var batch []replica.Write
	for i, key := range []string{"kept", "lost"} {
		value := []byte("value of " + key)
		head := kv.Head{Version: kv.Version{Time: uint64(i + 1)}, Kind: kv.Live, Length: uint32(len(value)), Checksum: kv.Checksum(kv.Live, 0, value)}
		batch = append(batch, replica.Write{DB: 3, Head: head, Key: []byte(key), Value: value})
	}
	before, err := store.Apply(batch, make([]replica.Outcome, len(batch)))
	must(t, err)
	_, err = store.Sync()
	must(t, err)
	must(t, store.Close())

	if err := lose(settings{Data: folder, Database: 2, Keys: []string{"lost"}}); err == nil {
		t.Fatal("a key of another database was lost")
	}
	must(t, lose(settings{Data: folder, Database: 3, Keys: []string{"lost"}}))

	store = open(t, folder)
	defer store.Close()
	if head, _ := store.Head(3, []byte("lost")); head.Exists() {
		t.Fatalf("the key is still there: %+v", head)
	}
	if head, _ := store.Head(3, []byte("kept")); head.Kind != kv.Live {
		t.Fatalf("another key is gone: %+v", head)
	}
	if store.LSN() < before {
		t.Fatalf("the volume looks rolled back: sequence %d after %d", store.LSN(), before)
	}
}

func open(t *testing.T, folder string) *engine.Store {
	t.Helper()
	store, err := engine.Open(folder, engine.Options{})
	must(t, err)
	return store
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
