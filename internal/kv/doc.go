// Package kv owns the vocabulary of stored data: keys, versions, records and their checksums.
package kv
