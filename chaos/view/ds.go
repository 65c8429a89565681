package view

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// Copy is one copy in DS WHY.
type Copy struct {
	Server   int
	State    string // away, behind, in-sync
	Known    bool   // the server answered: version, kind and checksum mean something
	Version  string // ms.counter.router
	Kind     string // live, tombstone, none
	Checksum string
	Owed     bool
}

// Why is DS WHY.
type Why struct {
	Home     int
	Copies   []Copy
	Buffered bool
}

// Server is one server in DS SERVERS.
type Server struct {
	Number  int
	State   string // away, behind, in-sync
	Owed    int64  // entries
	Keys    int64  // 0 when not known
	StoreID string
	Since   int64 // Unix milliseconds
}

// Convergence is DS CONVERGED.
type Convergence struct {
	Converged bool
	Owed      int64 // entries
	Dirty     int64 // partitions
	Buffered  int64 // entries
	ProvedAt  int64 // Unix milliseconds, 0 = not since the router started
}

// Keys is DS KEYS.
type Keys struct {
	Keys     []string
	Complete bool
}

// Doer is what a go-redis client and a pipeline have in common.
type Doer interface {
	Do(ctx context.Context, args ...any) *redis.Cmd
}

// AskWhy asks DS WHY; through a pipeline the reply is read with ReadWhy later.
func AskWhy(ctx context.Context, c Doer, key string) (Why, error) {
	return ReadWhy(c.Do(ctx, "DS", "WHY", key))
}

// ReadWhy reads the reply of DS WHY.
func ReadWhy(cmd *redis.Cmd) (Why, error) {
	reply, err := cmd.Result()
	if err != nil {
		return Why{}, fmt.Errorf("DS WHY: %w", err)
	}
	f := readFields("DS WHY", reply)
	why := Why{Home: int(f.number("home")), Buffered: f.number("buffered") != 0}
	for _, item := range f.list("copies") {
		c := readFields("DS WHY copies", item)
		why.Copies = append(why.Copies, Copy{
			Server: int(c.number("server")), State: c.text("state"), Known: c.get("kind") != nil,
			Version: c.text("version"), Kind: c.text("kind"), Checksum: c.text("checksum"),
			Owed: c.number("owed") != 0,
		})
		if c.err != nil {
			return Why{}, c.err
		}
	}
	return why, f.err
}

// AskServers asks DS SERVERS.
func AskServers(ctx context.Context, c Doer) ([]Server, error) {
	reply, err := c.Do(ctx, "DS", "SERVERS").Slice()
	if err != nil {
		return nil, fmt.Errorf("DS SERVERS: %w", err)
	}
	var servers []Server
	for _, item := range reply {
		f := readFields("DS SERVERS", item)
		servers = append(servers, Server{
			Number: int(f.number("number")), State: f.text("state"), Owed: f.number("owed"),
			Keys: f.number("keys"), StoreID: f.text("store-id"), Since: f.number("since"),
		})
		if f.err != nil {
			return nil, f.err
		}
	}
	return servers, nil
}

// AskConverged asks DS CONVERGED.
func AskConverged(ctx context.Context, c Doer) (Convergence, error) {
	reply, err := c.Do(ctx, "DS", "CONVERGED").Result()
	if err != nil {
		return Convergence{}, fmt.Errorf("DS CONVERGED: %w", err)
	}
	f := readFields("DS CONVERGED", reply)
	return Convergence{
		Converged: f.number("converged") == 1, Owed: f.number("owed"), Dirty: f.number("dirty"),
		Buffered: f.number("buffered"), ProvedAt: f.number("proved-at"),
	}, f.err
}

// AskKeys asks DS KEYS.
func AskKeys(ctx context.Context, c Doer) (Keys, error) {
	reply, err := c.Do(ctx, "DS", "KEYS").Result()
	if err != nil {
		return Keys{}, fmt.Errorf("DS KEYS: %w", err)
	}
	f := readFields("DS KEYS", reply)
	keys := Keys{Complete: f.number("complete") == 1}
	for _, key := range f.list("keys") {
		keys.Keys = append(keys.Keys, fmt.Sprint(key))
	}
	return keys, f.err
}
