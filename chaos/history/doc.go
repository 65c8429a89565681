// Package history owns the record of what clients asked of the store and what they were told.
package history
