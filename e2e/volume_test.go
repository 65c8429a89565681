package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/testcontainers/testcontainers-go"
)

// TestWipedVolume: a server comes back with an empty volume; it is given everything, and is not believed before.
func TestWipedVolume(t *testing.T) {
	story(t)
	c := up(t)
	all := numbered("k", 80)
	c.write(all)
	c.converged()
	const victim = 1
	c.replace(victim, true)
	c.readable(all)
	c.states("in-sync", victim)
	c.holds(all)
}

// TestDownAndUp: all containers are removed and made again on their volumes.
func TestDownAndUp(t *testing.T) {
	story(t)
	c := up(t)
	all := numbered("k", 60).and(contents{{3, "k-1"}: "in database 3"})
	c.write(all)
	for number := range servers {
		c.stop(number)
	}
	for _, made := range append([]testcontainers.Container{c.router}, c.servers[:]...) {
		c.must(made.Terminate(c.ctx))
	}
	c.forgetClients()
	c.createAll()
	c.inSync()
	c.readable(all)
	c.holds(all)
}

// TestWrongVolume: the volume of one number under another is refused; the server says so, and stays up.
func TestWrongVolume(t *testing.T) {
	story(t)
	c := up(t)
	all := numbered("k", 30)
	c.write(all)
	c.converged()
	c.stop(0)
	c.stop(1)
	wrong := c.createServer(1, c.name+"-"+service(0)) // server 0's volume

	c.turnsUnhealthy(wrong, "volume", "0", "1")
	c.states("away", 1)
	c.killContainer(wrong)
	c.start(0, 1)
	c.holds(all)
}

// TestTakenNumber: a second server of a number is refused while the first lives.
func TestTakenNumber(t *testing.T) {
	story(t)
	c := up(t)
	all := numbered("k", 30)
	c.write(all)
	second := c.createServer(2, c.volume("second"))

	c.turnsUnhealthy(second, "taken", "2")
	c.states("in-sync", 0, 1, 2)
	c.readable(all)
	c.killContainer(second)
	c.holds(all)
}

// turnsUnhealthy waits until Docker calls the container unhealthy, with these words in what the health check or the log says, and
// asserts that it runs.
func (c *cluster) turnsUnhealthy(made testcontainers.Container, words ...string) {
	c.t.Helper()
	c.until("the server is unhealthy, and says why", func(context.Context) (bool, string) {
		status, said := c.health(made)
		said += c.log(made)
		for _, word := range words {
			if !strings.Contains(said, word) {
				return false, fmt.Sprintf("%s without %q: %s", status, word, said)
			}
		}
		return status == "unhealthy", status + ": " + said
	})
	state, err := made.State(c.ctx)
	c.must(err)
	if !state.Running || made.GetContainerID() == "" {
		c.t.Errorf("the refused server does not run: %+v", state)
	}
	_, said := c.health(made)
	c.t.Logf("the refused server says: %s", strings.TrimSpace(said))
}
