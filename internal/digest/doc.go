// Package digest owns the order-free digest of a set of records.
package digest
