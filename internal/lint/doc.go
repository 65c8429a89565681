// Package lint owns the repository's own rules, kept by tests over its source.
//
// Each rule is a function from a set of files to its findings; lint_test.go applies all of them to the
// repository, and planted_test.go shows each of them a violation that it must catch.
package lint
