// Command volume owns what is done to the files of a volume while nobody uses it: empty DIR, copy FROM TO.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "volume:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "empty":
		return empty(args[1])
	case len(args) == 3 && args[0] == "copy":
		return replace(args[1], args[2])
	}
	return fmt.Errorf("%q is neither: empty DIR, copy FROM TO", args)
}

// empty removes everything in a folder, and keeps the folder: it is where a volume is mounted.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// replace makes to hold what from holds, and nothing else. A copy of nothing is refused: it would be a wipe.
func replace(from, to string) error {
	entries, err := os.ReadDir(from)
	if err == nil && len(entries) == 0 {
		err = fmt.Errorf("%s is empty", from)
	}
	if err != nil {
		return err
	}
	if err := empty(to); err != nil {
		return err
	}
	return os.CopyFS(to, os.DirFS(from))
}
