package e2e

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/redis/go-redis/v9"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/distributedstorage/ds/chaos/audit"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/view"
)

const (
	servers = 3
	// patience is for anything that should take a second or two, on a host that is busy with other stories.
	patience = 60 * time.Second
)

// cluster is a router and three servers in containers of their own.
type cluster struct {
	t       *testing.T
	ctx     context.Context
	docker  *testcontainers.DockerClient
	network *testcontainers.DockerNetwork
	name    string // of the volumes, with the service's behind it
	flags   []string
	router  testcontainers.Container
	servers [servers]testcontainers.Container
	clients map[int]*redis.Client // by database, while the router's port stays
}

// up starts a cluster on fresh volumes, with these flags for the router, and waits until it is in sync.
func up(t *testing.T, routerFlags ...string) *cluster {
	t.Helper()
	c := prepare(t)
	c.flags = routerFlags
	c.createAll()
	c.inSync()
	return c
}

// prepare makes the network. Clean-up comes in the reverse order: containers, volumes, network.
func prepare(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{
		t: t, ctx: context.Background(), clients: map[int]*redis.Client{},
		name: fmt.Sprintf("ds-e2e-%d-%08x", os.Getpid(), rand.Uint32()),
	}
	var err error
	c.docker, err = testcontainers.NewDockerClientWithOpts(c.ctx)
	c.must(err)
	t.Cleanup(func() { c.docker.Close() })
	c.network, err = network.New(c.ctx)
	c.must(err)
	t.Cleanup(func() { c.must(c.network.Remove(context.Background())) })
	return c
}

func (c *cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) createAll() {
	c.t.Helper()
	c.router = c.create(routerImage, "router", c.volume("router"), testcontainers.WithCmd(c.flags...),
		testcontainers.WithExposedPorts("6379/tcp", "8400/tcp"),
		testcontainers.WithWaitStrategy(wait.ForHealthCheck().WithStartupTimeout(patience)))
	for i := range servers {
		c.servers[i] = c.createServer(i, c.volume(service(i)), rarely)
	}
}

func service(number int) string { return fmt.Sprintf("server-%d", number) }

// volume is the name of a service's volume in this cluster, which is removed at the end.
func (c *cluster) volume(service string) string {
	name := c.name + "-" + service
	c.t.Cleanup(func() { // after the containers' clean-up, which is registered later
		_, err := c.docker.VolumeRemove(context.Background(), name, client.VolumeRemoveOptions{Force: true})
		c.must(err)
	})
	return name
}

// createServer starts a server; its health is checked as often as the image says, unless told otherwise.
func (c *cluster) createServer(number int, volume string, more ...testcontainers.ContainerCustomizer) testcontainers.Container {
	c.t.Helper()
	alias := fmt.Sprintf("%s.%08x", service(number), rand.Uint32())
	more = append(more, testcontainers.WithCmd("--router=router:7400", fmt.Sprintf("--number=%d", number)))
	return c.create(serverImage, alias, volume, more...)
}

// rarely is for servers whose state the router tells: a health check a second of each would take a host with two cores
// more than the stories themselves.
var rarely = testcontainers.WithConfigModifier(func(config *container.Config) {
	config.Healthcheck = &container.HealthConfig{Interval: time.Hour}
})

// create starts a container hardened as docker-compose.yml has it.
func (c *cluster) create(image, alias, volume string, more ...testcontainers.ContainerCustomizer) testcontainers.Container {
	c.t.Helper()
	options := append([]testcontainers.ContainerCustomizer{
		network.WithNetwork([]string{alias}, c.network),
		testcontainers.WithMounts(testcontainers.VolumeMount(volume, "/data")),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			h.ReadonlyRootfs = true
			h.CapDrop = []string{"ALL"}
		}),
	}, more...)
	made, err := testcontainers.Run(c.ctx, image, options...)
	if made != nil {
		c.t.Cleanup(func() { c.remove(made) })
	}
	c.must(err)
	return made
}

// remove shows the log of a failed story, and removes the container, if that has not been done.
func (c *cluster) remove(made testcontainers.Container) {
	if c.t.Failed() {
		c.t.Logf("the last lines of %s:\n%s", made.GetContainerID()[:12], c.log(made))
	}
	_, err := c.docker.ContainerRemove(context.Background(), made.GetContainerID(), client.ContainerRemoveOptions{Force: true})
	if err != nil && !strings.Contains(err.Error(), "No such container") {
		c.t.Error(err)
	}
}

// log is the end of what a container has said.
func (c *cluster) log(made testcontainers.Container) string {
	r, err := made.Logs(context.Background())
	if err != nil {
		return err.Error()
	}
	defer r.Close()
	b, _ := io.ReadAll(r)
	lines := strings.Split(string(b), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}

// db is a client of a database, at the port that the router has now.
func (c *cluster) db(database int) *redis.Client {
	c.t.Helper()
	if c.clients[database] == nil {
		opened := load.Client(c.address("6379/tcp"), database)
		c.t.Cleanup(func() { opened.Close() })
		c.clients[database] = opened
	}
	return c.clients[database]
}

// address is where a port of the router is mapped now.
func (c *cluster) address(port string) string {
	c.t.Helper()
	mapped, err := c.router.MappedPort(c.ctx, port)
	c.must(err)
	return fmt.Sprintf("127.0.0.1:%d", mapped.Num())
}

func (c *cluster) inSync() {
	c.t.Helper()
	c.must(audit.AllInSync(c.ctx, c.db(0), servers, patience))
}

// converged waits for a proof of convergence that is newer than this call.
func (c *cluster) converged() {
	c.t.Helper()
	c.must(audit.Converged(c.ctx, c.db(0), time.Now(), patience))
}

// states waits until the servers with these numbers are in the state, whatever the others are in.
func (c *cluster) states(state string, numbers ...int) {
	c.t.Helper()
	want := map[int]string{}
	for _, n := range numbers {
		want[n] = state
	}
	c.must(audit.States(c.ctx, c.db(0), want, patience))
}

// counter is a counter of the router's /metrics.
func (c *cluster) counter(name string) float64 {
	c.t.Helper()
	m, err := view.AskMetrics(c.ctx, c.address("8400/tcp"))
	c.must(err)
	return m[name]
}
