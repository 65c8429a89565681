// Package blocksum owns the check of large blocks of Pebble's sorted files. Pebble checks them too, but looks for the cause of a wrong
// checksum in a time that grows with the block: 18 seconds for each read of a damaged record of 1 MiB.
package blocksum
