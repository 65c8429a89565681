// Package report owns the files that a run leaves: the account as JSON, the same as a page.
package report
