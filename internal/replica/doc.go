// Package replica owns the rules a server keeps: sessions, epochs and apply if newer.
package replica
