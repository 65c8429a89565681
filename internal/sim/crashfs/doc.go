// Package crashfs owns what a loss of power leaves of a file system in memory.
package crashfs
