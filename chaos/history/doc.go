// Package history owns the record of what clients were told by the store.
package history
