package stories

import (
	"testing"

	"github.com/distributedstorage/ds/internal/respserver/difftest"
)

// A real redis-server and the whole store answer the same generated programs, reply for reply.
func TestAnswersAsRedisDoes(t *testing.T) {
	c := start(t)
	difftest.Run(t, c.Router().ClientsAddr(), 20, 300)
	difftest.RunRaw(t, c.Router().ClientsAddr())
	c.AwaitConverged()
}

// With a server away nothing that a client sees is different.
func TestAnswersAsRedisDoesWithAServerAway(t *testing.T) {
	c := start(t)
	c.StopServer(1)
	difftest.Run(t, c.Router().ClientsAddr(), 10, 300)
	c.StartServer(1)
	c.AwaitInSync()
	c.AwaitConverged()
}
