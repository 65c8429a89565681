// Package table owns the memory of the journal's table: which copies are owed which version of a key.
package table
