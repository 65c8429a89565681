// Package store owns the errors that every implementation of a volume answers with.
package store
