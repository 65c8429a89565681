package loopback

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/chaos/audit"
	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/history"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/internal/leftover"
	"github.com/distributedstorage/ds/internal/ring"
)

var (
	binaries Binaries
	duration = flag.Duration("for", 0, "tell each story again and again for so long; 0 = once")
)

const (
	// patience ends a wait for something that must happen. It is generous: a slow machine is no finding.
	patience = 90 * time.Second
	// converges is the time that a healed store has.
	converges = 60 * time.Second
	// enough writes acknowledged under a fault for it to have been met.
	enough = 150
	// leastAcknowledged is the share of the writes below which a story has proved nothing.
	leastAcknowledged = 0.3
)

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))) // a story waits more than it works
	load.Hush()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ds-loopback-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if binaries, err = Build(dir, raceEnabled); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := goleak.Find(leftover.ClosedPool()); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// story is a store under load, on which a test breaks things.
type story struct {
	*testing.T
	*Store
	ctx      context.Context
	recorder *history.Recorder
	client   *redis.Client // of database 0
	stopLoad func()
}

// tell runs a story on a store of its own, beside others: heal, converge, compare with the disks, check the history.
func tell(t *testing.T, break_ func(s *story), settings ...string) {
	t.Helper()
	t.Parallel()
	for end := time.Now().Add(*duration); ; {
		once(t, break_, settings)
		if t.Failed() || !time.Now().Before(end) {
			return
		}
	}
}

func once(t *testing.T, break_ func(s *story), settings []string) {
	t.Helper()
	store, err := New(binaries, t.TempDir(), settings...)
	must(t, err)
	defer store.Close()
	s := &story{T: t, Store: store, ctx: context.Background(), recorder: history.NewRecorder(), client: load.Client(store.Clients(), 0)}
	defer s.client.Close()
	defer s.explain()
	must(t, store.Start(s.ctx))
	s.inSync()
	s.startLoad()
	defer s.stopLoad()
	s.progress()
	break_(s)
	s.judge()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// explain shows what the programs said last if the story went wrong.
func (s *story) explain() {
	if !s.Failed() {
		return
	}
	for _, p := range append(s.Servers[:], s.Router) {
		s.Logf("%s:\n%s", p.Name, p.Tail(15))
	}
}

func (s *story) startLoad() {
	ctx, cancel := context.WithCancel(s.ctx)
	ended := make(chan error, 1)
	o := load.Options{
		Address: s.Clients(), Seed: uint64(time.Now().UnixNano()), Workers: 8, Rate: 100, HotKeys: 20, Databases: 2, MaxValue: 1024,
	}
	go func() { ended <- load.Run(ctx, o, s.recorder) }()
	s.stopLoad = func() {
		if cancel(); ended != nil {
			<-ended
			ended = nil
		}
	}
}

// progress waits until enough writes more are acknowledged.
func (s *story) progress() { s.Helper(); s.acknowledged(enough) }

func (s *story) acknowledged(n int64) {
	s.Helper()
	from := s.recorder.Acknowledged()
	s.until(fmt.Sprintf("%d more writes are acknowledged", n), func(context.Context) (bool, string) {
		now := s.recorder.Acknowledged()
		return now >= from+n, fmt.Sprintf("%d are; %v", now-from, s.recorder.Faults())
	})
}

func (s *story) until(what string, ask func(context.Context) (bool, string)) {
	s.Helper()
	must(s.T, audit.Until(s.ctx, patience, what, ask))
}

// inSync waits until the router sees every server in sync in this life of it: of one just killed and started again, a router
// that has not noticed yet says so too.
func (s *story) inSync() {
	s.Helper()
	for _, p := range s.Servers {
		s.says(p, "session stands")
	}
	must(s.T, audit.AllInSync(s.ctx, s.client, Servers, patience))
}

// state waits until the server is in the state.
func (s *story) state(server int, state string) {
	s.Helper()
	must(s.T, audit.States(s.ctx, s.client, map[int]string{server: state}, patience))
}

// says waits until the program has said it in this life.
func (s *story) says(p *Program, text string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	_, err := p.Says(ctx, text)
	must(s.T, err)
}

func (s *story) start(servers ...int) {
	s.Helper()
	for _, i := range servers {
		must(s.T, s.Servers[i].Start())
	}
}

func (s *story) startRouter() { s.Helper(); must(s.T, s.StartRouter(s.ctx)) }

// judge demands that the store, healed by now, keeps every promise.
func (s *story) judge() {
	s.Helper()
	s.stopLoad()
	began := time.Now()
	must(s.T, audit.Converged(s.ctx, s.client, began, converges))
	converged := time.Since(began)
	keys := load.Touched(s.recorder.Operations())
	s.until("every key is answered", func(ctx context.Context) (bool, string) {
		err := audit.Reads(ctx, s.Clients(), keys, s.recorder)
		return err == nil, fmt.Sprint(err)
	})
	must(s.T, s.Stop())
	final, err := s.Contents()
	must(s.T, err)
	s.addAbsent(final, keys)
	ops := s.recorder.Operations()
	for i, f := range check.Run(ops, final, check.Options{Copies: Copies}) {
		if i == 10 {
			break
		}
		s.Error(f)
	}
	acked, tried := s.recorder.Acknowledged(), sent(ops)
	if float64(acked) < leastAcknowledged*float64(tried) {
		s.Errorf("only %d of %d writes were acknowledged: %v", acked, tried, s.recorder.Faults())
	}
	s.Logf("%d operations, %d of %d writes acknowledged, converged in %v, errors %v", len(ops), acked, tried,
		converged.Round(time.Millisecond), s.recorder.Faults())
}

// sent counts the writes that reached a router.
func sent(ops []history.Operation) (n int) {
	for _, op := range ops {
		if op.Kind != history.Read && op.Fault != "no router" {
			n++
		}
	}
	return n
}

// addAbsent enters the keys that no server has a record of.
func (s *story) addAbsent(final check.Final, keys map[int][]string) {
	g := ring.New(Servers, Copies-1, ring.MaxDatabases)
	for db, list := range keys {
		for _, key := range list {
			if name := load.Name(db, key); len(final[name].Copies) == 0 {
				final[name] = absent(g, db, key)
			}
		}
	}
}

// saysAfter waits until the program has said it behind the mark.
func (s *story) saysAfter(p *Program, mark int, text string) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	if _, err := p.log.find(ctx, mark, text, p.ended); err != nil {
		s.Fatalf("%s has not said %q: %v", p.Name, text, err)
	}
}

// ends waits until the program ends by itself.
func (s *story) ends(p *Program) {
	s.Helper()
	select {
	case <-p.Ended():
	case <-time.After(patience):
		s.Fatalf("%s goes on", p.Name)
	}
}
