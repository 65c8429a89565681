// Package resp owns the Redis session of one client: bytes in, requests and answer bytes out, without I/O.
package resp
