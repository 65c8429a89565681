package audit

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/load"
)

// alone reads the copies of one server while all the others are down, so that no other can help it out.
func (a Audit) alone(ctx context.Context, server int, keys map[int][]string, final check.Final) error {
	a.Say("reading what server %d holds while it is alone", server)
	if err := a.isolate(ctx, server); err != nil {
		return err
	}
	err := eachDatabase(a.Address, keys, func(client *redis.Client, database int, list []string) error {
		return readCopies(ctx, client, server, database, list, final)
	})
	if err != nil {
		return err
	}
	return a.together(ctx)
}

// isolate kills all the other servers. The router begins anew: one that remembers what it answered stops at once, where it is asked for
// what a copy has lost, and the loss would have no name. It ends in an orderly way, so that no read of this audit writes anything.
func (a Audit) isolate(ctx context.Context, server int) error {
	if err := a.Stack.Stop(ctx, a.Router); err != nil {
		return err
	}
	want := map[int]string{server: "in-sync"}
	for i := range a.Servers {
		if i == server {
			continue
		}
		want[i] = "away"
		if err := a.Stack.Kill(ctx, a.Service(i)); err != nil {
			return err
		}
	}
	if err := a.Stack.Start(ctx, a.Router); err != nil {
		return err
	}
	return a.states(ctx, want)
}

// together starts whatever is down, and waits until it is in sync.
func (a Audit) together(ctx context.Context) error {
	for i := range a.Servers {
		if err := a.Stack.Start(ctx, a.Service(i)); err != nil { // nothing happens to one that runs
			return err
		}
	}
	client := load.Client(a.Address, 0)
	defer client.Close()
	return AllInSync(ctx, client, a.Servers, a.Limit)
}

func (a Audit) states(ctx context.Context, want map[int]string) error {
	client := load.Client(a.Address, 0)
	defer client.Close()
	return States(ctx, client, want, a.Limit)
}

// readCopies reads the keys that have a copy on the server, and puts the values into final.
func readCopies(ctx context.Context, client *redis.Client, server, database int, keys []string, final check.Final) error {
	var mine []string
	for _, key := range keys {
		if copyOn(final[load.Name(database, key)], server) != nil {
			mine = append(mine, key)
		}
	}
	return inBatches(ctx, client, mine, askGet(ctx), func(key string, reply redis.Cmder) error {
		c := copyOn(final[load.Name(database, key)], server)
		c.Fault = ""
		value, err := valueOf(reply)
		if err != nil {
			c.Fault = err.Error()
		}
		c.Value = value
		return nil
	})
}

// copyOn is the copy of a key on a server; nil if it has none there.
func copyOn(k check.Key, server int) *check.Copy {
	for i := range k.Copies {
		if k.Copies[i].Server == server {
			return &k.Copies[i]
		}
	}
	return nil
}
