package replica

import (
	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/wire"
)

// sampleRecords is the largest partition that is sampled: more would hold up the lane.
const sampleRecords = 1 << 16

// sample is 8: it makes one partition's digest again from a listing of it, a different one each time, and stops the process
// if it is not the one that is kept: what is compared with other copies would not be what is stored.
func (r *Replica) sample() {
	p, kept := r.nextSample()
	if kept.Records > sampleRecords {
		return
	}
	if made := r.listed(p); made != kept {
		broke(8, "partition %d has digest %+v, its records %+v", p, kept, made)
	}
}

// nextSample is the partition whose turn it is: the next that is not empty, or another one if no such lies near.
func (r *Replica) nextSample() (p kv.Partition, kept digest.Digest) {
	const near = 256
	for range near {
		p = r.sampled
		r.sampled = (r.sampled + 1) % kv.Partitions
		if kept = r.store.Digest(p); kept != (digest.Digest{}) {
			break
		}
	}
	return p, kept
}

// listed is the digest of what a listing of the partition shows.
func (r *Replica) listed(p kv.Partition) (d digest.Digest) {
	at := Cursor{Hash: p.First()}
	for {
		page, more, _ := r.store.Scan(p, at, r.samplePage[:0], MaxPage)
		r.samplePage = page[:0]
		var e wire.Entry
		for rest, ok := wire.NextEntry(page, &e); ok; rest, ok = wire.NextEntry(rest, &e) {
			at = Cursor{DB: e.DB, Hash: kv.HashKey(e.DB, e.Key), Key: e.Key}
			d.Add(e.DB, at.Hash, e.Head)
		}
		if !more {
			return d
		}
		at.Key = append([]byte(nil), at.Key...) // the page is written over
	}
}
