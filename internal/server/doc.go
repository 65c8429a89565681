// Package server owns the life of a server: its volume, its link to the router, the syncs between them.
package server
