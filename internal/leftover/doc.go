// Package leftover owns the names of goroutines of libraries that outlive what a test closed, so that a search for leaks passes them over.
package leftover
