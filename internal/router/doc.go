// Package router owns the driver of a router's core: sockets, journal, clock around
// coord.Core, whose effects it carries out.
//
// One mutex guards the core. Whoever has inputs takes it once for a whole batch, steps, and leaves
// the effects in the outboxes, the journal's queue and the clients' connections before letting it
// go, so that the order on every wire is the order of decisions. What touches a socket comes after.
package router
