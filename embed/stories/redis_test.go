package stories

import (
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/respserver/difftest"
)

// A real redis-server and the whole store answer the same generated programs, reply for reply.
func TestAnswersAsRedisDoes(t *testing.T) {
	c := start(t)
	difftest.Run(t, c.Router().ClientsAddr(), 8, 300)
	difftest.RunRaw(t, c.Router().ClientsAddr())
	c.AwaitConverged()
}

// With a server away nothing that a client sees is different.
func TestAnswersAsRedisDoesWithAServerAway(t *testing.T) {
	c := start(t)
	c.StopServer(1)
	difftest.Run(t, c.Router().ClientsAddr(), 6, 300)
	c.StartServer(1)
	c.AwaitInSync()
	c.AwaitConverged()
}

// Programs that know nothing of this store, unmodified.
func TestProgramsOfOthers(t *testing.T) {
	c := start(t)
	host, port, err := net.SplitHostPort(c.Router().ClientsAddr())
	check(t, err)
	cli := func(words ...string) string {
		return output(t, "redis-cli", "redis-tools", append([]string{"-h", host, "-p", port}, words...)...)
	}
	if got := cli("SET", "k", "v") + cli("GET", "k") + cli("--scan"); got != "OK\nv\nk\n" {
		t.Errorf("redis-cli: %q", got)
	}
	got := output(t, "redis-benchmark", "redis-tools", "-h", host, "-p", port, "-n", "1000", "-P", "16", "-t", "set,get,incr", "-q")
	if strings.Count(got, "requests per second") != 3 {
		t.Errorf("redis-benchmark: %q", got)
	}
	c.AwaitConverged()
}

func output(t *testing.T, program, pkg string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(limit(t), difftest.Need(t, program, pkg), args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}
