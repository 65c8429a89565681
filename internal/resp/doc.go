// Package resp owns the Redis session of one client, without I/O: bytes in, requests or answer bytes out.
package resp
