package journal

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/zeebo/xxh3"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// Identity is what the volume says of itself. All but the epoch is made once, when it is first opened.
type Identity struct {
	Cluster  kv.ID
	Journal  kv.ID
	Router   uint16 // id of the router whose clock stamps versions
	Geometry ring.Geometry
	Epoch    uint64 // of the last start; see NextEpoch
}

const (
	identityFormat = 1
	identitySize   = 1 + 16 + 16 + 2 + 8 + 8 + 8 // format … epoch, checksum
	firstRouter    = 1
)

// Rows of the core and the journal's own live under different first bytes, so that no key of the
// core can be taken for the identity.
const (
	ownPrefix  byte = 0
	corePrefix byte = 1
	endPrefix  byte = 2
)

var identityKey = []byte{ownPrefix, 'i', 'd'}

var le = binary.LittleEndian

func (id *Identity) append(dst []byte) []byte {
	dst = append(dst, identityFormat)
	dst = append(dst, id.Cluster[:]...)
	dst = append(dst, id.Journal[:]...)
	dst = le.AppendUint16(dst, id.Router)
	dst = le.AppendUint16(dst, id.Geometry.Servers)
	dst = append(dst, id.Geometry.Duplication, id.Geometry.Hash)
	dst = le.AppendUint16(dst, id.Geometry.Databases)
	dst = le.AppendUint16(dst, id.Geometry.Partitions)
	dst = le.AppendUint64(dst, id.Epoch)
	return le.AppendUint64(dst, xxh3.Hash(dst))
}

func decodeIdentity(b []byte) (id Identity, err error) {
	if len(b) > 0 && b[0] != identityFormat {
		return id, fmt.Errorf("its format is %d and this program reads %d", b[0], identityFormat)
	}
	if len(b) != identitySize || xxh3.Hash(b[:identitySize-8]) != le.Uint64(b[identitySize-8:]) {
		return id, errors.New("its identity is damaged")
	}
	copy(id.Cluster[:], b[1:])
	copy(id.Journal[:], b[17:])
	id.Router = le.Uint16(b[33:])
	id.Geometry.Servers = le.Uint16(b[35:])
	id.Geometry.Duplication, id.Geometry.Hash = b[37], b[38]
	id.Geometry.Databases = le.Uint16(b[39:])
	id.Geometry.Partitions = le.Uint16(b[41:])
	id.Epoch = le.Uint64(b[43:])
	return id, nil
}

// loadIdentity reads the identity of an opened volume, or makes it if the volume is empty.
func loadIdentity(db *pebble.DB, dir string, geometry ring.Geometry) (Identity, error) {
	value, closer, err := db.Get(identityKey)
	if errors.Is(err, pebble.ErrNotFound) {
		return makeIdentity(db, dir, geometry)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("journal %s: reading its identity: %w", dir, err)
	}
	defer closer.Close()
	id, err := decodeIdentity(value)
	if err != nil {
		return Identity{}, fmt.Errorf("journal %s: %w; restore the router's volume", dir, err)
	}
	if id.Geometry != geometry {
		return Identity{}, fmt.Errorf("journal %s is of a store with %s, and the settings say %s; "+
			"start with the settings of the volume, or give the router an empty --data for a new store", dir, id.Geometry, geometry)
	}
	return id, nil
}

func makeIdentity(db *pebble.DB, dir string, geometry ring.Geometry) (Identity, error) {
	empty, err := isEmpty(db)
	if err != nil {
		return Identity{}, fmt.Errorf("journal %s: reading it: %w", dir, err)
	}
	if !empty {
		return Identity{}, fmt.Errorf("journal %s has rows and no identity: it is damaged or not a router's; restore the router's volume", dir)
	}
	id := Identity{Cluster: newID(), Journal: newID(), Router: firstRouter, Geometry: geometry}
	if err := db.Set(identityKey, id.append(nil), pebble.Sync); err != nil {
		return Identity{}, fmt.Errorf("journal %s: writing its identity: %w", dir, err)
	}
	return id, nil
}

func isEmpty(db *pebble.DB) (bool, error) {
	it, err := db.NewIter(nil)
	if err != nil {
		return false, err
	}
	empty := !it.First()
	return empty, errors.Join(it.Error(), it.Close())
}

func newID() (id kv.ID) {
	rand.Read(id[:]) // never fails
	return id
}
