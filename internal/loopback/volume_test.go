package loopback

import (
	"os"
	"path/filepath"
	"testing"
)

func TestWipedVolume(t *testing.T) {
	tell(t, func(s *story) {
		s.Servers[1].Kill()
		must(s.T, os.RemoveAll(s.Servers[1].Dir))
		s.progress()
		s.start(1)
		s.says(s.Router, "server was wiped")
		s.inSync()
	})
}

func TestVolumeOfAnotherNumber(t *testing.T) {
	tell(t, func(s *story) {
		s.Servers[1].Kill()
		s.Servers[2].Kill()
		own := s.Servers[1].Dir
		s.Servers[1].Dir = s.Servers[2].Dir
		s.start(1)
		s.says(s.Servers[1], "mount the volume of that number")
		s.progress()
		must(s.T, s.Servers[1].Stop())
		s.Servers[1].Dir = own
		s.start(1, 2)
		s.inSync()
	})
}

func TestOldVolumeRestored(t *testing.T) {
	tell(t, func(s *story) {
		dir := s.Servers[0].Dir
		must(s.T, s.Servers[0].Stop())
		must(s.T, os.CopyFS(dir+"-backup", os.DirFS(dir)))
		s.start(0)
		s.inSync()
		s.progress()
		s.Servers[0].Kill()
		s.progress()
		must(s.T, os.RemoveAll(dir))
		must(s.T, os.Rename(dir+"-backup", dir))
		s.start(0)
		s.says(s.Router, "server was rolled back")
		s.inSync()
	})
}

func TestTornLog(t *testing.T) {
	tell(t, func(s *story) {
		s.progress()
		s.Servers[2].Kill()
		s.cutLogs(s.Servers[2].Dir)
		s.progress()
		s.start(2)
		s.says(s.Router, "server was rolled back")
		s.inSync()
	})
}

// cutLogs takes the last third of each log away, as if the disk had lied about its syncs.
func (s *story) cutLogs(dir string) {
	s.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*.log"))
	must(s.T, err)
	for _, name := range logs {
		info, err := os.Stat(name)
		must(s.T, err)
		must(s.T, os.Truncate(name, info.Size()*2/3))
	}
}

func TestMissingFile(t *testing.T) {
	tell(t, func(s *story) {
		p := s.Servers[2]
		must(s.T, p.Stop()) // what its log holds becomes a sorted file when it is opened again
		s.start(2)
		s.inSync()
		p.Kill()
		files, err := filepath.Glob(filepath.Join(p.Dir, "*.sst"))
		must(s.T, err)
		if len(files) == 0 {
			s.Fatal("there is no file to take away")
		}
		must(s.T, os.Remove(files[0]))
		s.start(2)
		s.says(p, "empty it, the other copies bring back what it held")
		s.ends(p)
		must(s.T, os.RemoveAll(p.Dir))
		s.start(2)
		s.inSync()
	})
}
