package embedtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/embed"
)

// Limit ends a wait that is never fulfilled, and the test with it. No wait lasts it in a working store.
const Limit = 30 * time.Second

// poll is how often a condition is looked at.
const poll = 5 * time.Millisecond

// Cluster is a router and its servers on a folder of the test. Its methods fail the test, and are
// called from the test's goroutine.
type Cluster struct {
	t       testing.TB
	cfg     embed.RouterConfig
	dir     string
	router  *embed.RouterNode
	servers []*embed.ServerNode // nil: stopped
	watch   *client.Client
	clients map[int]*client.Client // by database
}

// New starts a cluster and waits until every server is in sync. Zero values of the settings become
// those that suit a test: short times, a sweep ten times a second. Everything ends with the test.
func New(t testing.TB, cfg embed.RouterConfig) *Cluster {
	t.Helper()
	c := Idle(t, cfg)
	c.StartRouter()
	for n := range c.servers {
		c.StartServer(n)
	}
	c.AwaitInSync()
	return c
}

// Idle prepares a cluster of which nothing runs.
func Idle(t testing.TB, cfg embed.RouterConfig) *Cluster {
	t.Helper()
	c := &Cluster{t: t, dir: t.TempDir(), clients: map[int]*client.Client{}}
	cfg.Data = filepath.Join(c.dir, "router")
	if cfg.NumberOfServers == 0 {
		cfg.NumberOfServers = 3
	}
	if cfg.SweepInterval == 0 {
		cfg.SweepInterval = 100 * time.Millisecond
	}
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = 50 * time.Millisecond
	}
	cfg.Killable = true
	c.cfg = cfg
	c.router = embed.Router(cfg)
	c.servers = make([]*embed.ServerNode, cfg.NumberOfServers)
	t.Cleanup(c.end)
	return c
}

// end turns everything off: clients, servers, router.
func (c *Cluster) end() {
	for _, db := range c.clients {
		db.TurnOff()
	}
	if c.watch != nil {
		c.watch.TurnOff()
	}
	for _, s := range c.servers {
		if s != nil {
			s.TurnOff()
		}
	}
	c.router.TurnOff()
}

// Router is the router, running or not.
func (c *Cluster) Router() *embed.RouterNode { return c.router }

// Dir is the folder of a server's volume.
func (c *Cluster) Dir(server int) string { return filepath.Join(c.dir, fmt.Sprint("server-", server)) }

// StartRouter starts the router, where it listened before if it ran.
func (c *Cluster) StartRouter() {
	c.t.Helper()
	// Its ports may be in use for a moment: connections to them come from ports of the kernel too.
	c.Await("the router's ports are free", func(context.Context) error {
		err := c.router.Start()
		if err != nil && !errors.Is(err, syscall.EADDRINUSE) {
			c.t.Fatalf("router: %v", err)
		}
		return err
	})
}

// StopRouter stops the router in an orderly way, and waits until the clients know.
func (c *Cluster) StopRouter() {
	c.t.Helper()
	c.router.TurnOff()
	c.awaitDisconnected()
}

// KillRouter stops the router like a kill -9, as far as that can be had inside a process.
func (c *Cluster) KillRouter() {
	c.t.Helper()
	c.router.Kill()
	c.awaitDisconnected()
}

func (c *Cluster) awaitDisconnected() {
	c.t.Helper()
	c.Await("clients notice", func(context.Context) error {
		connected := c.watch != nil && c.watch.Connected()
		for _, db := range c.clients {
			connected = connected || db.Connected()
		}
		if connected {
			return errors.New("some are connected still")
		}
		return nil
	})
}

// StartServer starts a server on its volume, empty or not. It does not wait for its session.
func (c *Cluster) StartServer(n int) *embed.ServerNode {
	c.t.Helper()
	return c.StartServerOn(n, c.Dir(n))
}

// StartServerOn starts a server on a folder of the caller's choice.
func (c *Cluster) StartServerOn(n int, dir string) *embed.ServerNode {
	c.t.Helper()
	if c.servers[n] != nil {
		c.t.Fatalf("server %d runs", n)
	}
	s := embed.Server(embed.ServerConfig{Router: c.router.ServersAddr(), Number: n, Data: dir,
		RetryMost: 50 * time.Millisecond, Killable: true})
	if err := s.Start(); err != nil {
		c.t.Fatalf("server %d: %v", n, err)
	}
	c.servers[n] = s
	return s
}

// StopServer stops servers in an orderly way, and waits until the router knows (if it runs).
func (c *Cluster) StopServer(numbers ...int) { c.stop((*embed.ServerNode).TurnOff, numbers) }

// KillServer stops servers like a kill -9, as far as that can be had inside a process.
func (c *Cluster) KillServer(numbers ...int) { c.stop((*embed.ServerNode).Kill, numbers) }

func (c *Cluster) stop(how func(*embed.ServerNode), numbers []int) {
	c.t.Helper()
	for _, n := range numbers {
		how(c.servers[n])
		c.servers[n] = nil
	}
	if c.router.Running() {
		for _, n := range numbers {
			c.AwaitState(n, client.Away)
		}
	}
}

// WipeServer empties the volume of a server that is stopped.
func (c *Cluster) WipeServer(n int) {
	c.t.Helper()
	if c.servers[n] != nil {
		c.t.Fatalf("server %d runs", n)
	}
	if err := os.RemoveAll(c.Dir(n)); err != nil {
		c.t.Fatal(err)
	}
}

// WipeRouter empties the volume of the router, which is stopped.
func (c *Cluster) WipeRouter() {
	c.t.Helper()
	if c.router.Running() {
		c.t.Fatal("the router runs")
	}
	if err := os.RemoveAll(c.cfg.Data); err != nil {
		c.t.Fatal(err)
	}
}

// Adopt makes the router one that adopts servers of another journal, at the same addresses. It is stopped.
func (c *Cluster) Adopt(givenUp ...int) {
	cfg := c.cfg
	cfg.Adopt, cfg.GiveUp = true, givenUp
	c.remake(cfg)
}

// EndAdoption makes the router one that adopts no more. It is stopped.
func (c *Cluster) EndAdoption() { c.remake(c.cfg) }

// remake makes the router anew, at the same addresses.
func (c *Cluster) remake(cfg embed.RouterConfig) {
	cfg.Clients, cfg.Servers = c.router.ClientsAddr(), c.router.ServersAddr()
	c.router = embed.Router(cfg)
}

// StopAll stops the servers, then the router.
func (c *Cluster) StopAll() {
	c.t.Helper()
	for n, s := range c.servers {
		if s != nil {
			c.StopServer(n)
		}
	}
	c.StopRouter()
}

// StartAll starts what is stopped and waits until every server is in sync.
func (c *Cluster) StartAll() {
	c.t.Helper()
	if !c.router.Running() {
		c.StartRouter()
	}
	for n, s := range c.servers {
		if s == nil {
			c.StartServer(n)
		}
	}
	c.AwaitInSync()
}

// Client is a connected client of a database; the same one each time.
func (c *Cluster) Client(database int) *client.Client {
	c.t.Helper()
	db := c.clients[database]
	if db == nil {
		db = c.NewClient(database)
		c.clients[database] = db
	}
	c.start(db)
	return db
}

// NewClient is a client of a database, not started. The caller turns it off.
func (c *Cluster) NewClient(database int) *client.Client {
	return client.New(c.router.ClientsAddr(), client.Database(database), client.Password(c.cfg.Password),
		client.Heartbeat(20*time.Millisecond))
}

func (c *Cluster) start(db *client.Client) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Limit)
	defer cancel()
	if err := db.Start(ctx); err != nil {
		c.t.Fatalf("client: %v", err)
	}
}

// status is the client that the conditions ask with.
func (c *Cluster) status() *client.Client {
	if c.watch == nil {
		c.watch = c.NewClient(0)
	}
	c.start(c.watch)
	return c.watch
}
