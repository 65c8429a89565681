package kv

import "encoding/hex"

// ID names a cluster, a store or a journal: 128 random bits, made once.
type ID [16]byte

// IsZero tells that the id was never set.
func (id ID) IsZero() bool { return id == ID{} }

// String is the id in 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }
