// Package stories owns the tests that follow a whole store, in this process, through what can happen to it.
package stories
