package storetest

import (
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Damage spoils a file of a volume: it writes bytes over the file's at a place, with none it cuts the file off there, or
// removes it if it is not as long.
func Damage(fs vfs.FS, name string, at int, with []byte) error {
	in, err := fs.Open(name)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(in)
	_ = in.Close()
	if err != nil {
		return err
	}
	if err := fs.Remove(name); err != nil || at > len(data) && len(with) == 0 {
		return err
	}
	at %= len(data) + 1
	if len(with) == 0 {
		data = data[:at]
	}
	copy(data[at:], with)
	out, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if _, err := out.Write(data); err != nil {
		return err
	}
	return out.Close()
}
