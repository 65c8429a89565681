// Package link owns the socket of a connection: whole frames in, ordered bytes out.
package link
