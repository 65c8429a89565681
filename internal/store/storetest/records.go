package storetest

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
)

func version(time uint64) kv.Version { return kv.Version{Time: time, Router: 1} }

// live is a write of a value.
func live(db kv.DB, key, value string, v uint64) replica.Write {
	return record(db, key, kv.Live, 0, []byte(value), version(v))
}

// dead is a write of a tombstone.
func dead(db kv.DB, key string, v uint64) replica.Write {
	return record(db, key, kv.Tombstone, 0, nil, version(v))
}

func record(db kv.DB, key string, kind kv.Kind, expiry int64, value []byte, v kv.Version) replica.Write {
	return replica.Write{DB: db, Key: []byte(key), Value: value, Head: kv.Head{
		Version: v, Kind: kind, Expiry: expiry,
		Length: uint32(len(value)), Checksum: kv.Checksum(kind, expiry, value),
	}}
}

// damaged is a write whose value is not the one that its checksum was made for.
func damaged(w replica.Write) replica.Write {
	w.Head.Checksum ^= 1 << 40
	return w
}

// bytesOf is a value that does not compress.
func bytesOf(seed uint64, n int) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 0, n+8)
	for len(b) < n {
		b = binary.LittleEndian.AppendUint64(b, rng.Uint64())
	}
	return b[:n]
}

// keysIn are n keys of a database that fall into a partition.
func keysIn(p kv.Partition, db kv.DB, n int) []string {
	var keys []string
	for i := uint64(0); len(keys) < n; i++ {
		key := binary.AppendUvarint([]byte("key:"), i)
		if kv.HashKey(db, key).Partition() == p {
			keys = append(keys, string(key))
		}
	}
	return keys
}
