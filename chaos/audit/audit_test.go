package audit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/history"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/embed"
	"github.com/distributedstorage/ds/embed/embedtest"
	"github.com/distributedstorage/ds/internal/leftover"
)

const limit = 30 * time.Second

func TestMain(m *testing.M) {
	load.Hush()
	goleak.VerifyTestMain(m, leftover.ClosedPool())
}

// inProcess is a store in this process, as a Breaker.
type inProcess struct {
	*embedtest.Cluster
	down map[int]bool
}

const router = "router"

func number(service string) (n int) {
	fmt.Sscanf(service, "server-%d", &n)
	return n
}

func (s *inProcess) Stop(_ context.Context, _ string) error {
	s.StopRouter()
	return nil
}

func (s *inProcess) Kill(_ context.Context, service string) error {
	s.KillServer(number(service))
	s.down[number(service)] = true
	return nil
}

func (s *inProcess) Start(_ context.Context, service string) error {
	if service == router {
		s.StartRouter()
		return nil
	}
	if s.down[number(service)] {
		delete(s.down, number(service))
		s.StartServer(number(service))
	}
	return nil
}

func (s *inProcess) audit(t *testing.T, recorder *history.Recorder) []check.Finding {
	t.Helper()
	final, err := Audit{
		Stack: s, Address: s.Router().ClientsAddr(), Servers: 3, Limit: limit, Router: router,
		Service: func(n int) string { return fmt.Sprintf("server-%d", n) }, Say: t.Logf,
	}.Run(context.Background(), load.Touched(recorder.Operations()), recorder)
	if err != nil {
		t.Fatal(err)
	}
	return check.Run(recorder.Operations(), final, check.Options{Copies: 2})
}

// working runs clients until stop is called.
func working(t *testing.T, s *inProcess) (recorder *history.Recorder, stop func()) {
	t.Helper()
	recorder = history.NewRecorder()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- load.Run(ctx, load.Options{
			Address: s.Router().ClientsAddr(), Seed: 1, Workers: 6, Rate: 200, HotKeys: 20, Databases: 2, MaxValue: 200,
		}, recorder)
	}()
	return recorder, func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

// acknowledge waits until so many more writes have been acknowledged.
func acknowledge(t *testing.T, recorder *history.Recorder, more int64) {
	t.Helper()
	want := recorder.Acknowledged() + more
	err := Until(context.Background(), limit, "writes are acknowledged", func(context.Context) (bool, string) {
		return recorder.Acknowledged() >= want, fmt.Sprint(recorder.Acknowledged(), recorder.Faults())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWalk is the walk scenario without containers: the same clients, the same look at every copy, the same verdict.
func TestWalk(t *testing.T) {
	s := &inProcess{embedtest.New(t, embed.RouterConfig{}), map[int]bool{}}
	recorder, stop := working(t, s)
	acknowledge(t, recorder, 50)
	s.KillServer(1)
	acknowledge(t, recorder, 100)
	s.KillServer(2)
	acknowledge(t, recorder, 100)
	s.KillRouter()
	s.StartRouter()
	acknowledge(t, recorder, 100)
	s.StartServer(2)
	acknowledge(t, recorder, 50)
	s.StartServer(1)
	acknowledge(t, recorder, 50)
	stop()
	s.AwaitConverged()
	if found := s.audit(t, recorder); len(found) != 0 {
		t.Fatalf("a sound store is blamed: %v", found)
	}
}

// TestLossIsNamed loses one key of one copy while nothing repairs it.
func TestLossIsNamed(t *testing.T) {
	s := &inProcess{embedtest.New(t, embed.RouterConfig{Sweep: embed.SweepOff}), map[int]bool{}}
	recorder, stop := working(t, s)
	acknowledge(t, recorder, 100)
	stop()
	victim := written(t, recorder)
	database, key := load.Split(victim)
	server := s.Copies(database, key)[0]
	s.KillServer(server)
	s.Lose(server, database, key)
	s.StartServer(server)
	s.AwaitInSync()

	found := s.audit(t, recorder)
	if check.Keys(found, check.NoLoss) != 1 || check.Keys(found, check.Conv) != 1 {
		t.Fatalf("the loss of %s from server %d is not named: %v", victim, server, found)
	}
	for _, f := range found {
		if f.Key != victim || !strings.Contains(f.Reason, fmt.Sprintf("server %d holds nothing", server)) {
			t.Errorf("%s was lost from server %d, and this is blamed: %v", victim, server, f)
		}
	}
}

// TestLostBufferIsNamed loses the router's volume while records wait in its buffer: an adoption gives the servers
// another router, which knows nothing of them.
func TestLostBufferIsNamed(t *testing.T) {
	s := &inProcess{embedtest.New(t, embed.RouterConfig{}), map[int]bool{}}
	recorder, stop := working(t, s)
	acknowledge(t, recorder, 50)
	s.KillServer(0)
	s.KillServer(1)
	acknowledge(t, recorder, 100)
	stop()
	s.KillRouter()
	if err := os.RemoveAll(filepath.Join(filepath.Dir(s.Dir(0)), router)); err != nil {
		t.Fatal(err)
	}
	s.StartServer(0)
	s.StartServer(1)
	s.Adopt()
	s.StartRouter()
	s.AwaitInSync()
	s.AwaitConverged()
	s.StopRouter()
	s.EndAdoption() // else it would wait for the servers that the audit stops
	s.StartRouter()
	s.AwaitInSync()

	found := s.audit(t, recorder)
	if check.Keys(found, check.NoLoss) == 0 {
		t.Fatalf("the buffer was lost, and nothing is blamed: %v", found)
	}
	for _, f := range found {
		if database, key := load.Split(f.Key); !slices.Equal(s.Copies(database, key), []int{0, 1}) {
			t.Errorf("the buffer held the keys of servers 0 and 1, and this is blamed: %v", f)
		}
	}
}

// written is some key that was acknowledged, and is written only once.
func written(t *testing.T, recorder *history.Recorder) string {
	t.Helper()
	for _, op := range recorder.Operations() {
		if op.Kind == history.Write && op.Outcome == history.OK && strings.Contains(op.Key, "once-") {
			return op.Key
		}
	}
	t.Fatal("nothing was written")
	return ""
}
