package loopback

import (
	"context"
	"fmt"
	"testing"

	"github.com/distributedstorage/ds/chaos/view"
)

func TestEachServerKilledWhileWrittenTo(t *testing.T) {
	tell(t, func(s *story) {
		for i := range s.Servers {
			s.Servers[i].Kill()
			s.progress()
			s.start(i)
			s.inSync()
		}
	})
}

func TestAllServersKilledAtOnce(t *testing.T) {
	tell(t, func(s *story) {
		for _, p := range s.Servers {
			p.Kill()
		}
		s.holds("buffered", func(c view.Convergence) bool { return c.Buffered > 0 })
		s.progress()
		s.start(2, 0, 1)
		s.inSync()
	})
}

// holds waits until DS CONVERGED shows it.
func (s *story) holds(what string, f func(view.Convergence) bool) {
	s.Helper()
	s.until("the journal holds: "+what, func(ctx context.Context) (bool, string) {
		c, err := view.AskConverged(ctx, s.client)
		if err != nil {
			return false, err.Error()
		}
		return f(c), fmt.Sprintf("%+v", c)
	})
}

func TestAllServersOfAKeyAway(t *testing.T) {
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		t.Run(fmt.Sprintf("back in order %d %d", order[0], order[1]), func(t *testing.T) {
			tell(t, func(s *story) {
				s.Servers[0].Kill()
				s.progress()
				s.Servers[1].Kill()
				s.holds("buffered", func(c view.Convergence) bool { return c.Buffered > 0 && c.Owed > 0 })
				s.progress()
				s.start(order[0])
				s.progress()
				s.start(order[1])
				s.inSync()
			})
		})
	}
}

func TestRouterKilledWithTableAndBuffer(t *testing.T) {
	tell(t, func(s *story) {
		s.Servers[1].Kill()
		s.Servers[2].Kill()
		s.holds("owed and buffered", func(c view.Convergence) bool { return c.Buffered > 0 && c.Owed > 0 })
		s.progress()
		s.KillRouter()
		s.startRouter()
		s.progress()
		s.start(2)
		s.progress()
		s.KillRouter()
		s.start(1)
		s.startRouter()
		s.inSync()
	})
}

func TestRouterAndServersKilledTogether(t *testing.T) {
	tell(t, func(s *story) {
		s.Servers[0].Kill()
		s.progress()
		s.KillRouter()
		s.Servers[1].Kill()
		s.startRouter()
		s.progress()
		s.start(1, 0)
		s.inSync()
		s.KillRouter()
		for _, p := range s.Servers {
			p.Kill()
		}
		s.start(1, 2, 0)
		s.startRouter()
		s.inSync()
		s.progress()
	})
}

func TestWholeStoreDownAndUp(t *testing.T) {
	tell(t, func(s *story) {
		must(s.T, s.Stop())
		must(s.T, s.Start(s.ctx))
		s.inSync()
		s.progress()
	})
}
