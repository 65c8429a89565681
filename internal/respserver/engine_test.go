package respserver

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/resp/resptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mapEngine is an Engine over a map. It answers at once, or, while held, when released.
type mapEngine struct {
	mu      sync.Mutex
	core    *resptest.Core
	clients map[coord.ConnID]Replies
	last    coord.ConnID
	hold    bool
	held    []heldReply
	arrived chan struct{} // a token for each request while held
}

type heldReply struct {
	r    coord.Reply
	body []byte
}

func newMapEngine() *mapEngine {
	return &mapEngine{
		core:    resptest.New(func() int64 { return time.Now().UnixMilli() }),
		clients: map[coord.ConnID]Replies{},
		arrived: make(chan struct{}, 1<<20),
	}
}

func (e *mapEngine) Attach(r Replies) coord.ConnID {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	e.clients[e.last] = r
	return e.last
}

func (e *mapEngine) Freed(int) {}

func (e *mapEngine) Detach(id coord.ConnID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.clients, id)
}

func (e *mapEngine) Submit(batch []coord.Input) {
	e.mu.Lock()
	var to Replies
	for i := range batch {
		r, body := e.core.Answer(&batch[i])
		if e.hold {
			e.held = append(e.held, heldReply{r, append([]byte(nil), body...)})
			e.arrived <- struct{}{}
			continue
		}
		if to = e.clients[r.Conn]; to != nil {
			to.Reply(&r, body)
		}
	}
	e.mu.Unlock()
	if to != nil {
		to.Flush()
	}
}

// holding makes the engine keep its answers until release.
func (e *mapEngine) holding() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hold = true
}

// release gives the answers out, the last first.
func (e *mapEngine) release() {
	e.mu.Lock()
	e.hold = false
	flush := map[Replies]bool{}
	for i := len(e.held) - 1; i >= 0; i-- {
		h := &e.held[i]
		if to := e.clients[h.r.Conn]; to != nil {
			to.Reply(&h.r, h.body)
			flush[to] = true
		}
	}
	e.held = nil
	e.mu.Unlock()
	for to := range flush {
		to.Flush()
	}
}

// startPort starts a port over a map; adjust may change its configuration.
func startPort(t testing.TB, adjust func(*Config)) (*Server, *mapEngine) {
	t.Helper()
	e := newMapEngine()
	cfg := DefaultConfig("127.0.0.1:0", e)
	if adjust != nil {
		adjust(&cfg)
	}
	s := New(cfg)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.TurnOff(ctx)
	})
	return s, e
}
