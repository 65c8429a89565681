package main

import (
	"io/fs"
	"os"
	"path/filepath"
)

// maxValue is the store's own limit, in bytes.
const maxValue = 4 << 20

// files are what is stored: the key is the path from the folder, with slashes.
type files struct {
	root    string
	paths   []string // from root
	bytes   int64
	skipped int // over the limit
}

// list finds the regular files of a folder, in the order of their paths.
func list(root string, limit int64) (files, error) {
	f := files{root: root}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Size() > limit {
			f.skipped++
			return nil
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		f.paths = append(f.paths, filepath.ToSlash(relative))
		f.bytes += info.Size()
		return nil
	})
	return f, err
}

// content is a file's, by its key.
func (f *files) content(key string) ([]byte, error) {
	return os.ReadFile(filepath.Join(f.root, filepath.FromSlash(key)))
}
