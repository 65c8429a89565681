// Package directory owns the heads of a store's records in memory, in the order of a listing.
//
// A directory is an array of partitions, a partition a short list of tables, one a database. A table
// is a hash table whose buckets are chosen by the leading bits of the hash, so that walking
// its buckets is walking the records in the order of their hashes: lookups take the same time however
// many records there are, listings need neither a sort nor a read from the disk. Slots and keys live in
// slices without pointers, which the garbage collector does not look into. A table
// grows alone; there is never a rehash of everything.
package directory
