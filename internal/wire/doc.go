// Package wire owns the frames that a router and a server exchange, to the byte.
package wire
