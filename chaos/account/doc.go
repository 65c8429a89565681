// Package account owns the account of a run: the table for people, the same as JSON, the verdict.
package account
