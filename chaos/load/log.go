package load

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// Hush keeps the client library from printing every connection that it could not make: that the router
// is away is what the run is about. It holds for the whole program.
func Hush() { redis.SetLogger(silence{}) }

type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}
