// Package engine owns a server's volume: the store port on Pebble.
//
// All heads are in memory (package directory), so that apply if newer needs no read. What is
// written goes to Pebble blindly, one batch an Apply, not synced; Sync writes an empty record with an
// fsync, which makes every batch before it durable. Rows, all numbers big-endian so that they sort:
//
//	m <name>                              meta: format, identity, lsn, f<database> = flush version
//	h <partition> <database> <hash> <key> head, then the value if it is small
//	v <partition> <database> <hash> <key> the value if it is not
//
// Opening reads the head rows only. Digests and totals are rebuilt from them, and so equal the data
// after any crash.
package engine
