package table

import (
	"bytes"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// part is one partition: entries packed in an arena, found through an open-addressed index with
// linear probing. Everything is flat and without pointers, so that the collector never walks it.
type part struct {
	arena []byte
	tags  []uint8  // of the index: a byte of the hash, so that most misses touch no entry; 0 = empty
	index []uint32 // offset in the arena
	live  int
	held  int    // entries that some copy confirmed
	dead  int    // bytes of removed entries
	gen   uint32 // rises when entries move
	owed  [ring.MaxCopies]uint32
}

// The memory of an entry with a 16-byte key: 43 bytes of arena, which grows by what the allocator rounds up to
// (8 KiB steps), and 5 of index, between seven tenths and seven eighths full: 56 or less in partitions of a
// thousand and more.
const (
	arenaGrowth = 64
	minArena    = 128
	minIndex    = 8
)

func tagOf(h kv.Hash) uint8 { return uint8(h>>32) | 1 }

// home is where the probing for a hash begins.
func (pt *part) home(h kv.Hash) int { return int(uint64(uint32(h)) * uint64(len(pt.tags)) >> 32) }

func (pt *part) next(i int) int {
	if i++; i == len(pt.tags) {
		return 0
	}
	return i
}

// lookup gives the index position of a key, or -1.
func (pt *part) lookup(db kv.DB, hash kv.Hash, key []byte) int {
	tag := tagOf(hash)
	for i := pt.home(hash); pt.tags[i] != 0; i = pt.next(i) {
		if pt.tags[i] != tag {
			continue
		}
		b := pt.arena[pt.index[i]:]
		if k, _ := keyOf(b); dbOf(b) == db && bytes.Equal(k, key) {
			return i
		}
	}
	return -1
}

func (pt *part) place(at uint32, hash kv.Hash) {
	i := pt.home(hash)
	for pt.tags[i] != 0 {
		i = pt.next(i)
	}
	pt.tags[i], pt.index[i] = tagOf(hash), at
}

// displace empties an index position, moving up those whose probing would stop there.
func (pt *part) displace(i int) {
	for j := pt.next(i); pt.tags[j] != 0; j = pt.next(j) {
		home := pt.home(pt.hashAt(pt.index[j]))
		if inRing(home, i, j) {
			pt.tags[i], pt.index[i] = pt.tags[j], pt.index[j]
			i = j
		}
	}
	pt.tags[i] = 0
}

// inRing tells that a probing that begins at home passes i on its way to j.
func inRing(home, i, j int) bool {
	if i < j {
		return home <= i || home > j
	}
	return home <= i && home > j
}

func (pt *part) hashAt(at uint32) kv.Hash {
	b := pt.arena[at:]
	key, _ := keyOf(b)
	return kv.HashKey(dbOf(b), key)
}

// bytes is the memory that the partition takes.
func (pt *part) bytes() int64 { return int64(cap(pt.arena) + cap(pt.tags) + 4*cap(pt.index)) }

// makeRoom lets one more entry of the size in. The cost of growing is that of the partition alone.
func (pt *part) makeRoom(size int) {
	if pt.dead > len(pt.arena)/4+minArena {
		pt.compact()
	}
	if need := len(pt.arena) + size; need > cap(pt.arena) {
		pt.arena = append(exact[byte](need+need/arenaGrowth+minArena), pt.arena...)
	}
	if 8*(pt.live+1) > 7*len(pt.tags) {
		pt.reindex()
	}
}

// exact is an empty slice of at least that capacity, and no more than the allocator gives anyway.
func exact[T any](n int) []T { return append([]T(nil), make([]T, n)...)[:0] }

// reindex makes the index anew, with room for a fifth more.
func (pt *part) reindex() {
	pt.index = exact[uint32](max(minIndex, (pt.live+1)*7/5))
	pt.index = pt.index[:cap(pt.index)]
	pt.tags = make([]uint8, len(pt.index))
	for at := 0; at < len(pt.arena); {
		b := pt.arena[at:]
		key, end := keyOf(b)
		if stateOf(b)&flagUsed != 0 {
			pt.place(uint32(at), kv.HashKey(dbOf(b), key))
		}
		at += end
	}
}

// compact squeezes removed entries out.
func (pt *part) compact() {
	kept := exact[byte](len(pt.arena) - pt.dead + minArena)
	for at := 0; at < len(pt.arena); {
		_, end := keyOf(pt.arena[at:])
		if stateOf(pt.arena[at:])&flagUsed != 0 {
			kept = append(kept, pt.arena[at:at+end]...)
		}
		at += end
	}
	pt.arena, pt.dead = kept, 0
	pt.gen++
	pt.reindex()
}
