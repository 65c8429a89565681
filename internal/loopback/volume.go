package loopback

import (
	"bytes"
	"fmt"

	"github.com/distributedstorage/ds/chaos/check"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/payload"
	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/wire"
)

// Contents reads the volumes of a stopped store from their disks. An error tells where two copies of a partition are not
// the same to the byte: records, tombstones, values, digests; or that a server holds what is not its own.
func (s *Store) Contents() (check.Final, error) {
	var volumes [Servers]*engine.Store
	for i, p := range s.Servers {
		v, err := engine.Open(p.Dir, engine.Options{})
		if err != nil {
			return nil, err
		}
		defer v.Close()
		volumes[i] = v
	}
	g := ring.New(Servers, Copies-1, ring.MaxDatabases)
	final := check.Final{}
	for p := range kv.Partition(kv.Partitions) {
		for i := range volumes {
			if g.Copy(p, ring.Server(i)) >= 0 && volumes[i].Digest(p) != volumes[g.Home(p)].Digest(p) {
				return nil, fmt.Errorf("partition %d: the digest of server %d is not that of server %d", p, i, g.Home(p))
			}
		}
		if err := compare(volumes, g, p, final); err != nil {
			return nil, fmt.Errorf("partition %d: %w", p, err)
		}
	}
	return final, nil
}

// partition is what a server holds of one.
type partition struct {
	heads  []byte // the listing
	values []byte // of the live records, in its order
}

func compare(volumes [Servers]*engine.Store, g ring.Geometry, p kv.Partition, final check.Final) error {
	var first *partition
	for i, v := range volumes {
		held, err := read(v, p, i, final)
		switch {
		case err != nil:
			return fmt.Errorf("server %d: %w", i, err)
		case g.Copy(p, ring.Server(i)) < 0 && len(held.heads) > 0:
			return fmt.Errorf("server %d holds records of it, and is no copy", i)
		case g.Copy(p, ring.Server(i)) < 0:
		case first == nil:
			first = held
		case !bytes.Equal(first.heads, held.heads):
			return fmt.Errorf("the records of server %d are not those of the other copy", i)
		case !bytes.Equal(first.values, held.values):
			return fmt.Errorf("the values of server %d are not those of the other copy", i)
		}
	}
	return nil
}

const wholePartition = 64 << 20 // bytes of a listing: more than any test writes

// read lists a partition with its values, and enters them into final.
func read(v *engine.Store, p kv.Partition, server int, final check.Final) (*partition, error) {
	page, _, _ := v.Scan(p, replica.Cursor{Hash: p.First()}, nil, wholePartition)
	held := &partition{heads: page}
	sum := digest.Digest{}
	for rest := page; len(rest) > 0; {
		var e wire.Entry
		var ok bool
		if rest, ok = wire.NextEntry(rest, &e); !ok {
			return nil, fmt.Errorf("the listing is cut off")
		}
		sum.Add(e.DB, kv.HashKey(e.DB, e.Key), e.Head)
		var value []byte
		if e.Head.Kind == kv.Live {
			var status wire.Status
			if _, value, _, status = v.Read(e.DB, e.Key, nil); status != wire.StatusOK {
				return nil, fmt.Errorf("key %q reads with status %d", e.Key, status)
			}
		}
		held.values = append(held.values, value...)
		enter(final, server, &e, value)
	}
	if sum != v.Digest(p) {
		return nil, fmt.Errorf("the digest is not that of the records")
	}
	return held, nil
}

func enter(final check.Final, server int, e *wire.Entry, value []byte) {
	name := load.Name(int(e.DB), string(e.Key))
	k := final[name]
	c := check.Copy{
		Server: server, Known: true, Version: e.Head.Version.String(), Kind: e.Head.Kind.String(),
		Checksum: fmt.Sprintf("%016x", e.Head.Checksum),
	}
	if e.Head.Kind == kv.Live {
		c.Value = payload.Read(string(value))
	}
	k.Copies = append(k.Copies, c)
	final[name] = k
}

// absent is a key of which no copy has a record.
func absent(g ring.Geometry, db int, key string) check.Key {
	var k check.Key
	p := kv.HashKey(kv.DB(db), []byte(key)).Partition()
	for i := range g.Copies() {
		k.Copies = append(k.Copies, check.Copy{Server: int(g.Server(p, i)), Known: true, Kind: kv.None.String()})
	}
	return k
}
