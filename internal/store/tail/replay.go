package tail

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Replay applies what the files in dir hold beyond the apply sequence that the log reached, in order, up to the
// first gap or torn record, and returns the sequence reached. It stops at an error.
func Replay(fs vfs.FS, dir string, reached uint64, apply func(sequence uint64, batch []byte) error) (uint64, error) {
	numbers, err := list(fs, dir)
	if err != nil {
		return reached, err
	}
	for _, n := range numbers {
		goOn, err := replayFile(fs, path(fs, dir, n), &reached, apply)
		if err != nil || !goOn {
			return reached, err
		}
	}
	return reached, nil
}

// replayFile goes on with one file; it tells whether the next one may follow.
func replayFile(fs vfs.FS, name string, reached *uint64, apply func(uint64, []byte) error) (goOn bool, err error) {
	f, err := fs.Open(name)
	if err != nil {
		return false, fmt.Errorf("opening a tail: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("opening a tail: %w", err)
	}
	in := bufio.NewReaderSize(f, 1<<16)
	for left := info.Size(); ; {
		r, ok, err := next(in, left)
		if err != nil {
			return false, fmt.Errorf("reading a tail: %w", err)
		}
		if !ok {
			return true, nil
		}
		left -= headerSize + int64(len(r.batch))
		switch {
		case r.sequence <= *reached:
			continue
		case r.previous != *reached:
			return false, nil
		}
		if err := apply(r.sequence, r.batch); err != nil {
			return false, err
		}
		*reached = r.sequence
	}
}

// Clear removes the files in dir, durably: one that came back after a power loss would go on where another history has got to by then, if the log lost
// the batches before it.
func Clear(fs vfs.FS, dir string) error {
	numbers, err := list(fs, dir)
	if err != nil || len(numbers) == 0 {
		return err
	}
	for _, n := range numbers {
		if err := fs.Remove(path(fs, dir, n)); err != nil {
			return fmt.Errorf("removing a tail: %w", err)
		}
	}
	d, err := fs.OpenDir(dir)
	if err != nil {
		return fmt.Errorf("opening the folder of tails: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("syncing the folder of tails: %w", err)
	}
	return nil
}

// list is the numbers of the files in dir, ascending; none if there is no dir.
func list(fs vfs.FS, dir string) (numbers []uint64, err error) {
	if _, err := fs.Stat(dir); err != nil {
		return nil, nil //nolint:nilerr // what can't be seen is not there
	}
	names, err := fs.List(dir)
	if err != nil {
		return nil, fmt.Errorf("listing the tails: %w", err)
	}
	for _, name := range names {
		if n, err := strconv.ParseUint(name, 10, 64); err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

func path(fs vfs.FS, dir string, n uint64) string {
	return fs.PathJoin(dir, strconv.FormatUint(n, 10))
}
