package loopback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/distributedstorage/ds/chaos/load"
)

// mount puts a small file system at the folder of a volume, until the test ends.
func mount(t *testing.T, dir string, mib int) {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o755))
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", mib))
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("a full disk needs the right to mount one: run this as root")
	}
	must(t, err)
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// fill leaves no room on the disk of the folder.
func fill(t *testing.T, dir string) (filler string) {
	t.Helper()
	filler = filepath.Join(dir, "filler")
	f, err := os.Create(filler)
	must(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 64<<10))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return filler
}

const diskMiB = 16

func TestServersDiskFullThenFreed(t *testing.T) {
	var dir string
	tell(t, func(s *story) {
		dir = s.Servers[0].Dir
		s.Servers[0].Kill()
		must(s.T, os.RemoveAll(dir))
		mount(s.T, dir, diskMiB)
		s.start(0)
		s.inSync()
		filler := fill(s.T, dir)
		s.state(0, "away") // it can sync nothing: only a restart can judge its volume
		s.ends(s.Servers[0])
		s.progress()
		s.start(0)
		s.says(s.Servers[0], "no space left on device") // it ends, or waits for room
		s.progress()
		must(s.T, os.Remove(filler))
		s.Servers[0].Kill()
		s.start(0)
		s.inSync()
	})
}

func TestRoutersDiskFullThenFreed(t *testing.T) {
	tell(t, func(s *story) {
		s.stopLoad()
		s.KillRouter()
		must(s.T, os.Rename(s.Router.Dir, s.Router.Dir+"-old"))
		mount(s.T, s.Router.Dir, diskMiB)
		must(s.T, os.RemoveAll(s.Router.Dir+"-old/ballast")) // it is as large as this disk
		must(s.T, os.CopyFS(s.Router.Dir, os.DirFS(s.Router.Dir+"-old")))
		s.startRouter()
		s.inSync()
		s.startLoad()
		filler := fill(s.T, s.Router.Dir)
		s.Servers[1].Kill() // now the journal is needed
		s.says(s.Router, "no space left on device")
		must(s.T, os.Remove(filler))
		s.KillRouter()
		s.startRouter()
		s.progress()
		s.start(1)
		s.inSync()
	})
}

// limit sets a limit of a running program.
func limit(t *testing.T, p *Program, resource int, value uint64) {
	t.Helper()
	must(t, unix.Prlimit(p.Pid(), resource, &unix.Rlimit{Cur: value, Max: value}, nil))
}

// open counts the file descriptors of a program.
func open(t *testing.T, p *Program) int {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.Pid()))
	must(t, err)
	return len(list)
}

// TestRouterOutOfDescriptors has idle clients take every descriptor that the router may have.
func TestRouterOutOfDescriptors(t *testing.T) {
	tell(t, func(s *story) {
		limit(s.T, s.Router, unix.RLIMIT_NOFILE, uint64(open(s.T, s.Router)+40))
		var idle []net.Conn
		for range 100 {
			conn, err := net.Dial("tcp", s.Clients())
			must(s.T, err)
			defer conn.Close()
			idle = append(idle, conn)
		}
		s.progress() // those who are in go on
		s.Servers[0].Kill()
		s.start(0) // it may not come in, for want of a descriptor
		s.progress()
		for _, conn := range idle {
			conn.Close()
		}
		s.inSync()
	})
}

// TestServerOutOfDescriptors lets a server open no file any more. It may end, as on a full disk.
func TestServerOutOfDescriptors(t *testing.T) {
	tell(t, func(s *story) {
		p := s.Servers[0]
		limit(s.T, p, unix.RLIMIT_NOFILE, uint64(open(s.T, p)))
		s.large(40 << 20)
		s.progress()
		p.Kill()
		s.start(0)
		s.inSync()
	})
}

// TestServerOutOfMemory bounds the address space, so that the program dies where it needs more, as a container is killed.
func TestServerOutOfMemory(t *testing.T) {
	tell(t, func(s *story) {
		p := s.Servers[0]
		limit(s.T, p, unix.RLIMIT_AS, addressSpace(s.T, p)+1<<20)
		s.large(100 << 20)
		if p.Running() {
			s.Log("it got along with the memory that it had")
		}
		s.progress()
		p.Kill()
		s.start(0)
		s.inSync()
	})
}

func TestRouterOutOfMemory(t *testing.T) {
	tell(t, func(s *story) {
		limit(s.T, s.Router, unix.RLIMIT_AS, addressSpace(s.T, s.Router)+1<<20)
		s.Servers[0].Kill()
		s.large(100 << 20)
		if s.Router.Running() {
			s.Log("it got along with the memory that it had")
		}
		s.KillRouter()
		s.startRouter()
		s.progress()
		s.start(0)
		s.inSync()
	})
}

// addressSpace is what the program has, in bytes.
func addressSpace(t *testing.T, p *Program) uint64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.Pid()))
	must(t, err)
	pages, err := strconv.ParseUint(strings.Fields(string(text))[0], 10, 64)
	must(t, err)
	return pages * uint64(os.Getpagesize())
}

// large writes so many bytes of large values to a database that the load does not use, whatever becomes of them.
func (s *story) large(bytes int) {
	s.Helper()
	db := load.Client(s.Clients(), flushed)
	defer db.Close()
	value := strings.Repeat("large", 50<<10)
	for i := range bytes / len(value) {
		ctx, cancel := context.WithTimeout(s.ctx, patience)
		_ = db.Set(ctx, fmt.Sprintf("large-%d", i%20), value, 0).Err()
		cancel()
	}
}
