package client

import (
	"context"
	"fmt"
)

// States of a server.
const (
	Away   = "away"
	Behind = "behind" // connected, owed something or slow
	InSync = "in-sync"
)

// Server is one server as the router sees it.
type Server struct {
	Number  int     `json:"number"`
	State   string  `json:"state"`    // Away, Behind, InSync
	Owed    int64   `json:"owed"`     // entries of the router's table
	Keys    *int64  `json:"keys"`     // live keys as of its last heartbeat; nil while it is away
	StoreID *string `json:"store-id"` // of its volume; nil if it was never seen
	Since   int64   `json:"since"`    // Unix milliseconds of the last change of state
	Slow    bool    `json:"slow"`     // it misses deadlines, and is not waited for while others will do
}

// Copy is one copy of a key. What only an answering server knows is nil or empty without an answer.
type Copy struct {
	Server   int     `json:"server"`
	State    string  `json:"state"`
	Version  *string `json:"version"` // ms.counter.router
	Kind     *string `json:"kind"`    // live, tombstone, none
	Checksum *string `json:"checksum"`
	Owed     bool    `json:"owed"`
}

// Why tells where a key is, and who is owed it.
type Why struct {
	Home     int    `json:"home"`
	Copies   []Copy `json:"copies"`
	Buffered bool   `json:"buffered"` // no server has confirmed the newest record
}

// Convergence tells whether every copy of everything is the same.
type Convergence struct {
	Converged bool  `json:"converged"`
	Owed      int64 `json:"owed"`      // entries
	Dirty     int64 `json:"dirty"`     // partitions
	Buffered  int64 `json:"buffered"`  // entries that no server has confirmed
	ProvedAt  int64 `json:"proved-at"` // Unix milliseconds; 0 = not since the router started
}

// Keys are the keys that can be seen right now.
type Keys struct {
	Keys     []string `json:"keys"`
	Complete bool     `json:"complete"` // none is hidden because its servers are away
}

// Servers is DS SERVERS: the state of every server.
func (c *Client) Servers(ctx context.Context) ([]Server, error) {
	answer, err := c.ask(ctx, "servers")
	if err != nil {
		return nil, err
	}
	return decodeServers(answer)
}

// Why is DS WHY: the placement and copies of a key of the client's database.
func (c *Client) Why(ctx context.Context, key string) (Why, error) {
	answer, err := c.ask(ctx, "why", key)
	if err != nil {
		return Why{}, err
	}
	return decodeWhy(answer)
}

// Converged is DS CONVERGED.
func (c *Client) Converged(ctx context.Context) (Convergence, error) {
	answer, err := c.ask(ctx, "converged")
	if err != nil {
		return Convergence{}, err
	}
	return decodeConvergence(answer)
}

// VisibleKeys is DS KEYS: the keys of the client's database that can be seen right now.
func (c *Client) VisibleKeys(ctx context.Context) (Keys, error) {
	answer, err := c.ask(ctx, "keys")
	if err != nil {
		return Keys{}, err
	}
	return decodeKeys(answer)
}

func (c *Client) ask(ctx context.Context, args ...any) (any, error) {
	cmd := newQuestion(args)
	if err := c.call(ctx, cmd, false, argBytes(args)); err != nil {
		return nil, err
	}
	return cmd.Val(), nil
}

func errShape(what string, got any) error {
	return fmt.Errorf("%w: the router's answer is no %s: %v", ErrRefused, what, got)
}
