package killfs_test

import (
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2"

	"github.com/distributedstorage/ds/embed/internal/killfs"
)

// A store that is killed and closed has, when it is opened again, what was written before and nothing after.
func TestKilledStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	fs := killfs.New()
	db := open(t, dir, fs)
	check(t, db.Set([]byte("synced"), nil, pebble.Sync))
	check(t, db.Set([]byte("before"), nil, pebble.NoSync))
	check(t, db.LogData(nil, pebble.Sync))
	fs.Kill()
	check(t, db.Set([]byte("after"), nil, pebble.Sync))
	check(t, db.Flush())
	check(t, db.Close())

	db = open(t, dir, killfs.New())
	for key, want := range map[string]error{"synced": nil, "before": nil, "after": pebble.ErrNotFound} {
		_, closer, err := db.Get([]byte(key))
		if err != want {
			t.Errorf("%s: %v, want %v", key, err, want)
		}
		if err == nil {
			check(t, closer.Close())
		}
	}
	check(t, db.Close())
}

func open(t *testing.T, dir string, fs *killfs.FS) *pebble.DB {
	t.Helper()
	db, err := pebble.Open(dir, &pebble.Options{FS: fs})
	check(t, err)
	return db
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
