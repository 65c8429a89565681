// Package allocs owns how tests measure what hostile input makes a program allocate.
package allocs
