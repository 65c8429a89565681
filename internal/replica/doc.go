// Package replica owns the rules a server keeps: sessions, epochs, apply if newer.
package replica
