package kv

import "github.com/zeebo/xxh3"

// DB is the number of a database, 0 … databases-1.
type DB uint16

// Hash is the 64-bit XXH3 hash of a key, seeded with its database number.
// The top ten bits are the key's partition.
type Hash uint64

// Partition is the number of a partition, 0 … Partitions-1.
type Partition uint16

// Partitions is the fixed number of partitions of a store.
const Partitions = 1 << partitionBits

const (
	partitionBits  = 10
	partitionShift = 64 - partitionBits
)

// HashKey hashes a key of a database. XXH3-64 takes the database as its seed, so that
// equal keys of different databases land in unrelated places.
func HashKey(db DB, key []byte) Hash {
	return Hash(xxh3.HashSeed(key, uint64(db)))
}

// Partition is the partition that the hash belongs to.
func (h Hash) Partition() Partition { return Partition(h >> partitionShift) }

// First is the lowest hash of the partition: the position where a listing of it begins.
func (p Partition) First() Hash { return Hash(p) << partitionShift }
