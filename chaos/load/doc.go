// Package load owns the clients of a run: they write unique values, read them, and record what they were told.
package load
