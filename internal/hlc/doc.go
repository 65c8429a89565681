// Package hlc owns the hybrid logical clock that versions are stamped with.
package hlc
