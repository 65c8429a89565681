// Package loopback owns stores of real processes: a router with its servers on the loopback, each link through a proxy that breaks it.
package loopback
