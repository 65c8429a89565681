package coord

// Core is the router's brain. See doc.go for the contract with its driver.
type Core struct{}

// New is a core that knows only its configuration: Restore rows next, then Start.
func New(cfg Config) *Core { return &Core{} }

// Restore takes one row of the journal as it was found at start, in any order.
func (c *Core) Restore(key, value []byte) error { return nil }

// Start ends the restoration. Effects carry what must be journaled before the router serves:
// Serving is true once that was reported synced.
func (c *Core) Start(now Now, e *Effects) {}

// Serving tells that requests and servers may be let in.
func (c *Core) Serving() bool { return true }

// Step takes inputs and appends what follows to the effects.
func (c *Core) Step(now Now, in []Input, e *Effects) {}

// Stop settles what it can durably at an orderly end (settled-through and ceiling); the driver syncs it.
func (c *Core) Stop(now Now, e *Effects) {}
