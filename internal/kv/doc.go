// Package kv owns the vocabulary of stored data: keys, versions, records, their checksums.
package kv
