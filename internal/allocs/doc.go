// Package allocs measures for tests what hostile input makes a program allocate.
package allocs
