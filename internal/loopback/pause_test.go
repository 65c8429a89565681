package loopback

import (
	"syscall"
	"testing"
)

func TestServersPaused(t *testing.T) {
	tell(t, func(s *story) {
		for i, p := range s.Servers {
			must(s.T, p.Signal(syscall.SIGSTOP)) // for less than any timeout, as long as the machine is fast enough
			must(s.T, p.Signal(syscall.SIGCONT))
			s.progress()
			must(s.T, p.Signal(syscall.SIGSTOP)) // for more than every timeout
			s.state(i, "away")
			s.progress()
			must(s.T, p.Signal(syscall.SIGCONT))
			s.inSync()
		}
	})
}

func TestAllServersPaused(t *testing.T) {
	tell(t, func(s *story) {
		for _, p := range s.Servers {
			must(s.T, p.Signal(syscall.SIGSTOP))
		}
		for i := range s.Servers {
			s.state(i, "away")
		}
		s.progress()
		for _, p := range s.Servers {
			must(s.T, p.Signal(syscall.SIGCONT))
		}
		s.inSync()
	})
}

func TestRouterPaused(t *testing.T) {
	tell(t, func(s *story) {
		mark := s.Servers[0].log.mark()
		must(s.T, s.Router.Signal(syscall.SIGSTOP))
		s.saysAfter(s.Servers[0], mark, "session ended") // its silence is over
		must(s.T, s.Router.Signal(syscall.SIGCONT))
		s.inSync()
		s.progress()
	})
}
