package crashfs

import (
	"errors"
	"io"
	"path"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Tear makes what a loss of power left of a store in a folder, in which of the newest log so many fourths of what was written since its last sync
// are there, once what the process held was pushed to the file: new bytes up to some place, and behind it what was there before.
func Tear(mem *vfs.MemFS, dir string, fourths int, push func()) *vfs.MemFS {
	left := Synced(mem)
	push()
	name := Newest(left, dir, "*.log")
	if name == "" {
		return left
	}
	was, is := Content(left, name), Content(mem, name)
	from := 0
	for from < len(was) && from < len(is) && was[from] == is[from] {
		from++
	}
	at := from + (len(is)-from)*fourths/4
	torn := append([]byte(nil), is[:at]...)
	if at < len(was) {
		torn = append(torn, was[at:]...)
	}
	must(Replace(left, dir, name, torn))
	return left
}

// Synced is what a loss of power leaves: nothing but what was synced.
func Synced(mem *vfs.MemFS) *vfs.MemFS { return mem.CrashClone(vfs.CrashCloneCfg{}) }

// IsLog tells that a file is a log of Pebble.
func IsLog(path string) bool { return strings.HasSuffix(path, ".log") }

// Newest is the file of a kind in a folder that was begun last, or nothing; the names of files have their numbers in front, of one length.
func Newest(fs vfs.FS, dir, kind string) (newest string) {
	names, err := fs.List(dir)
	must(err)
	for _, name := range names {
		ok, err := path.Match(kind, name)
		must(err)
		if file := fs.PathJoin(dir, name); ok && file > newest {
			newest = file
		}
	}
	return newest
}

// Content is that of a file.
func Content(fs vfs.FS, name string) []byte {
	f, err := fs.Open(name)
	must(err)
	b, err := io.ReadAll(f)
	must(errors.Join(err, f.Close()))
	return b
}

// Replace gives a file of a folder another content, durably.
func Replace(fs vfs.FS, dir, name string, content []byte) error {
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return SyncDir(fs, dir)
}

// SyncDir makes what became of names in a folder durable.
func SyncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// must: a file system in memory does what it is asked.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
