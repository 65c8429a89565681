package e2e

import (
	"context"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/redis/go-redis/v9"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/distributedstorage/ds/chaos/audit"
)

// kill sends SIGKILL to servers and waits until the router knows that they are away.
func (c *cluster) kill(numbers ...int) {
	c.t.Helper()
	for _, n := range numbers {
		c.killContainer(c.servers[n])
	}
	c.states("away", numbers...)
}

func (c *cluster) killContainer(victim testcontainers.Container) {
	c.t.Helper()
	_, err := c.docker.ContainerKill(c.ctx, victim.GetContainerID(), client.ContainerKillOptions{})
	c.must(err)
}

// stop lets a server end in good order.
func (c *cluster) stop(number int) {
	c.t.Helper()
	grace := 15
	_, err := c.docker.ContainerStop(c.ctx, c.servers[number].GetContainerID(), client.ContainerStopOptions{Timeout: &grace})
	c.must(err)
	c.states("away", number)
}

// start starts servers on their volumes and waits until they have been paid what they are owed.
func (c *cluster) start(numbers ...int) {
	c.t.Helper()
	for _, n := range numbers {
		c.startContainer(c.servers[n])
	}
	c.states("in-sync", numbers...)
}

func (c *cluster) startContainer(stopped testcontainers.Container) {
	c.t.Helper()
	_, err := c.docker.ContainerStart(c.ctx, stopped.GetContainerID(), client.ContainerStartOptions{})
	c.must(err)
}

// restartRouter kills the router with SIGKILL and starts it again; its ports change.
func (c *cluster) restartRouter() {
	c.t.Helper()
	c.killContainer(c.router)
	c.startContainer(c.router)
	c.forgetClients()
	client := c.db(0)
	c.must(audit.Until(c.ctx, patience, "the router answers", func(ctx context.Context) (bool, string) {
		err := client.Ping(ctx).Err()
		return err == nil, errorText(err)
	}))
}

// forgetClients closes connections to a router that has moved.
func (c *cluster) forgetClients() {
	for _, opened := range c.clients {
		opened.Close()
	}
	c.clients = map[int]*redis.Client{}
}

// replace removes a server's container, its volume with it if wipe, and creates it anew.
func (c *cluster) replace(number int, wipe bool) {
	c.t.Helper()
	volume := c.name + "-" + service(number)
	_, err := c.docker.ContainerRemove(c.ctx, c.servers[number].GetContainerID(), client.ContainerRemoveOptions{Force: true})
	c.must(err)
	if wipe {
		_, err := c.docker.VolumeRemove(c.ctx, volume, client.VolumeRemoveOptions{})
		c.must(err)
	}
	c.states("away", number)
	c.servers[number] = c.createServer(number, volume, rarely)
}

// lose removes a key from the volume of a stopped server, behind everybody's back.
func (c *cluster) lose(number int, key string) {
	c.t.Helper()
	made, err := testcontainers.Run(c.ctx, serverImage,
		testcontainers.WithMounts(testcontainers.VolumeMount(c.name+"-"+service(number), "/data")),
		testcontainers.WithFiles(testcontainers.ContainerFile{HostFilePath: losekey, ContainerFilePath: "/losekey", FileMode: 0o755}),
		testcontainers.WithEntrypoint("/losekey"), testcontainers.WithCmd(key),
		testcontainers.WithConfigModifier(func(config *container.Config) { config.Healthcheck = nil }),
		testcontainers.WithWaitStrategy(wait.ForExit().WithExitTimeout(patience)))
	if made != nil {
		defer c.remove(made)
	}
	c.must(err)
	if said := c.log(made); !strings.Contains(said, "lost ") {
		c.t.Fatalf("losekey said: %s", said)
	}
}

// health is what Docker thinks of a container, with the health check's last words.
func (c *cluster) health(made testcontainers.Container) (status, words string) {
	c.t.Helper()
	state, err := made.State(c.ctx)
	c.must(err)
	if state.Health == nil {
		return "none", ""
	}
	for _, probe := range state.Health.Log {
		words = probe.Output
	}
	return string(state.Health.Status), words
}

func errorText(err error) string {
	if err == nil {
		return "nil"
	}
	return err.Error()
}
