// Package embed owns the parts of a store that run inside a Go program. They are for tests, and for a
// store without containers.
package embed
