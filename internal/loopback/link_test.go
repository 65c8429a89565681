package loopback

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/distributedstorage/ds/internal/loopback/faultproxy"
)

func TestPartition(t *testing.T) {
	tell(t, func(s *story) {
		for i, l := range s.Links {
			l.Both(faultproxy.Rules{Hold: true})
			s.state(i, "away")
			s.progress()
			l.Heal()
			s.inSync()
		}
	})
}

func TestOneWayLoss(t *testing.T) {
	tell(t, func(s *story) {
		s.Links[0].Up(faultproxy.Rules{Drop: true}) // the server hears and is not heard
		s.state(0, "away")
		s.progress()
		s.mend(0)
		mark := s.Servers[1].log.mark()
		s.Links[1].Down(faultproxy.Rules{Drop: true}) // it is heard and does not hear
		s.saysAfter(s.Servers[1], mark, "session ended")
		s.progress()
		s.mend(1)
	})
}

// mend lifts the rules of a link that has lost bytes, and ends the connections that have a gap by now.
func (s *story) mend(links ...int) {
	s.Helper()
	for _, i := range links {
		s.Links[i].Heal()
		s.Links[i].Cut()
	}
	s.inSync()
}

func TestFlappingLink(t *testing.T) {
	tell(t, func(s *story) {
		for range 15 {
			s.breaks(s.Links[2], 1, s.Links[2].Cut)
		}
		s.progress()
		s.inSync()
	})
}

// breaks does something that ends connections, and waits until so many have been made anew.
func (s *story) breaks(l *faultproxy.Proxy, n int, do func()) {
	s.Helper()
	made, ended := l.Connections()
	do()
	s.until(fmt.Sprintf("%d connections end and %d are made", n, n), func(context.Context) (bool, string) {
		nowMade, nowEnded := l.Connections()
		return nowMade >= made+n && nowEnded >= ended+n, fmt.Sprintf("%d made, %d ended", nowMade-made, nowEnded-ended)
	})
}

func TestCloggedLinks(t *testing.T) {
	tell(t, func(s *story) {
		for _, i := range rand.Perm(Servers) {
			s.Links[i].Both(faultproxy.Rules{Hold: true})
			s.progress()
		}
		for i := range s.Links {
			s.state(i, "away")
		}
		for _, i := range rand.Perm(Servers) {
			s.Links[i].Heal()
			s.progress()
		}
		s.inSync()
	})
}

func TestFramesDelayedBeyondEveryTimeout(t *testing.T) {
	tell(t, func(s *story) {
		late := faultproxy.Rules{Latency: time.Minute}
		s.Links[0].Up(late)
		s.Links[1].Down(late)
		s.state(0, "away")
		s.state(1, "away")
		s.progress()
		s.Servers[2].Kill()
		s.progress()
		s.start(2)
		s.Links[0].Heal() // what was under way arrives now, on connections that were given up
		s.Links[1].Heal()
		s.inSync()
	})
}

func TestHalfOpenLink(t *testing.T) {
	tell(t, func(s *story) {
		s.breaks(s.Links[0], 0, s.Links[0].Freeze) // both live: the server dials again beside its old link
		s.Servers[1].Kill()
		s.start(1)
		s.Links[2].Freeze()
		s.Servers[2].Kill() // nobody tells the router
		s.start(2)
		s.progress()
		s.inSync()
		for _, l := range s.Links {
			if made, _ := l.Connections(); made < 2 {
				s.Errorf("a frozen connection was not given up")
			}
		}
	})
}

func TestResetMidReply(t *testing.T) {
	tell(t, func(s *story) {
		s.breaks(s.Links[0], 5, func() { s.Links[0].Up(faultproxy.Rules{ResetAfter: 3000}) })
		s.breaks(s.Links[1], 5, func() { s.Links[1].Down(faultproxy.Rules{ResetAfter: 3000}) })
		s.progress()
		s.Links[0].Heal()
		s.Links[1].Heal()
		s.inSync()
	})
}

func TestResetOfClients(t *testing.T) {
	tell(t, func(s *story) {
		s.breaks(s.Front, 30, func() { s.Front.Down(faultproxy.Rules{ResetAfter: 2000}) })
		s.breaks(s.Front, 30, func() { s.Front.Up(faultproxy.Rules{ResetAfter: 2000}) })
		s.Front.Heal()
		s.progress()
	})
}

// mangler does something to one frame in so many.
type mangler struct {
	what string
	do   func(m *mangler, frame []byte) []byte
	says string // by the side that gets it

	mu    sync.Mutex
	count int
	kept  []byte
}

const mangleOneIn = 60

func (m *mangler) frames(frame []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.count++; m.count%mangleOneIn != 0 {
		if kept := m.kept; kept != nil {
			m.kept = nil
			return append(frame, kept...)
		}
		return frame
	}
	return m.do(m, frame)
}

func manglers() []*mangler {
	return []*mangler{
		{what: "lost", do: func(*mangler, []byte) []byte { return nil }, says: "frame sequence is"},
		{what: "twice", do: func(_ *mangler, f []byte) []byte { return append(f, f...) }, says: "frame sequence is"},
		{what: "reordered", do: func(m *mangler, f []byte) []byte { m.kept = f; return nil }, says: "frame sequence is"},
		{what: "corrupted", do: func(_ *mangler, f []byte) []byte { f[len(f)-1] ^= 4; return f }, says: "frame checksum does not match"},
		{what: "cut short", do: func(_ *mangler, f []byte) []byte { return f[:len(f)-1] }, says: "frame checksum does not match"},
	}
}

// TestMangledFrames wants each of them to close the link, whichever way it went, and nothing else to come of it.
func TestMangledFrames(t *testing.T) {
	for n, up := range manglers() {
		down := manglers()[n]
		t.Run(up.what, func(t *testing.T) {
			tell(t, func(s *story) {
				s.breaks(s.Links[0], 4, func() { s.Links[0].Up(faultproxy.Rules{Frames: up.frames}); s.Links[0].Cut() })
				s.says(s.Router, up.says)
				s.breaks(s.Links[1], 4, func() { s.Links[1].Down(faultproxy.Rules{Frames: down.frames}); s.Links[1].Cut() })
				s.says(s.Servers[1], down.says)
				s.progress()
				s.mend(0, 1)
			})
		})
	}
}
