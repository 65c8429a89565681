// Package wire owns the frames of the link protocol, to the byte.
package wire
