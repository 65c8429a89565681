// Package fakerouter owns a scripted stand-in for a router's client port, for tests of programs that speak to one.
package fakerouter
