package engine

import (
	"encoding/binary"
	"fmt"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/ring"
)

// format is the content of the format row. It tells a server's volume from any other
// Pebble store, and its layout from later ones.
const format = "ds-server 1"

// identitySize: three ids, number, geometry, epoch, journal sequence.
const identitySize = 3*16 + 2 + 8 + 8 + 8

func encodeIdentity(id replica.Identity) []byte {
	b := make([]byte, 0, identitySize)
	b = append(b, id.Cluster[:]...)
	b = append(b, id.Store[:]...)
	b = append(b, id.Journal[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(id.Number))
	b = binary.BigEndian.AppendUint16(b, id.Geometry.Servers)
	b = binary.BigEndian.AppendUint16(b, id.Geometry.Databases)
	b = binary.BigEndian.AppendUint16(b, id.Geometry.Partitions)
	b = append(b, id.Geometry.Duplication, id.Geometry.Hash)
	b = binary.BigEndian.AppendUint64(b, id.Epoch)
	return binary.BigEndian.AppendUint64(b, id.JournalSequence)
}

func decodeIdentity(b []byte) (replica.Identity, error) {
	if len(b) != identitySize {
		return replica.Identity{}, fmt.Errorf("the identity has %d bytes instead of %d", len(b), identitySize)
	}
	return replica.Identity{
		Cluster: kv.ID(b[0:16]),
		Store:   kv.ID(b[16:32]),
		Journal: kv.ID(b[32:48]),
		Number:  ring.Server(binary.BigEndian.Uint16(b[48:])),
		Geometry: ring.Geometry{
			Servers:     binary.BigEndian.Uint16(b[50:]),
			Databases:   binary.BigEndian.Uint16(b[52:]),
			Partitions:  binary.BigEndian.Uint16(b[54:]),
			Duplication: b[56],
			Hash:        b[57],
		},
		Epoch:           binary.BigEndian.Uint64(b[58:]),
		JournalSequence: binary.BigEndian.Uint64(b[66:]),
	}, nil
}
