// Package load owns the clients of a run: writers of unique values that record what they were told.
package load
