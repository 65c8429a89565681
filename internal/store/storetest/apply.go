package storetest

import (
	"fmt"
	"strings"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

func applyNew(b *box) {
	b.lacks(0, "a")
	w := live(0, "a", "1", 5)
	out := b.want(wire.Applied, w)
	if out.Prev.Exists() || out.Head != w.Head {
		b.Fatalf("outcome %+v", out)
	}
	b.holds(w)
	b.lacks(1, "a")
	gone := dead(0, "a", 6)
	if out := b.want(wire.Applied, gone); out.Prev != w.Head || out.Head != gone.Head {
		b.Fatalf("outcome of the delete: %+v", out)
	}
	b.holds(gone)
	absent := dead(2, "never there", 7)
	b.want(wire.Applied, absent)
	b.holds(absent)
}

// rivals differ in version, kind, checksum, expiry and length.
func rivals(key string) []replica.Write {
	low, high := version(7), kv.Version{Time: 7, Router: 2}
	return []replica.Write{
		live(0, key, "old", 6),
		record(0, key, kv.Live, 0, []byte("one"), low),
		record(0, key, kv.Live, 0, []byte(strings.Repeat("other", 100)), low),
		record(0, key, kv.Live, 99, []byte("one"), low),
		record(0, key, kv.Tombstone, 0, nil, low),
		record(0, key, kv.Live, 0, []byte("router 2"), high),
	}
}

// applyAllOrders: whatever the order of arrival, the winner is the same, and each outcome follows
// from comparing.
func applyAllOrders(b *box) {
	n := 0
	permute(rivals(""), 0, func(order []replica.Write) {
		n++
		key := fmt.Sprintf("key %d", n)
		var held kv.Head
		var winner replica.Write
		for _, w := range order {
			w.Key = []byte(key)
			code := wire.Newer
			if w.Head.Newer(held) {
				code = wire.Applied
				winner = w
			}
			out := b.want(code, w)
			if out.Prev != held || out.Head != winner.Head {
				b.Fatalf("%s: outcome %+v, held %+v, winner %+v", key, out, held, winner.Head)
			}
			held = winner.Head
		}
		b.holds(winner)
	})
	if n != 720 {
		b.Fatalf("%d orders", n)
	}
}

func permute(list []replica.Write, from int, visit func([]replica.Write)) {
	if from == len(list) {
		visit(list)
		return
	}
	for i := from; i < len(list); i++ {
		list[from], list[i] = list[i], list[from]
		permute(list, from+1, visit)
		list[from], list[i] = list[i], list[from]
	}
}

func applyEqual(b *box) {
	w := live(0, "a", "1", 5)
	_, lsn := b.apply(w)
	out, again := b.apply(w)
	if out[0].Code != wire.Equal || out[0].Prev != w.Head || out[0].Head != w.Head {
		b.Fatalf("outcome %+v", out[0])
	}
	if again != lsn || b.LSN() != lsn {
		b.Fatalf("a batch that changed nothing moved the LSN from %d to %d", lsn, again)
	}
	if _, at := b.Head(0, []byte("a")); at != lsn {
		b.Fatalf("the record's LSN moved from %d to %d", lsn, at)
	}
	if got, older := b.apply(live(0, "a", "0", 4), w); older != lsn || got[0].Code != wire.Newer {
		b.Fatalf("outcome %+v, LSN %d", got[0], older)
	}
}

func applyTwice(b *box) {
	long := live(0, "a", strings.Repeat("long", 200), 2)
	out, _ := b.apply(live(0, "a", "1", 1), long, live(0, "a", "3", 3), dead(0, "b", 9), live(0, "b", "8", 8))
	codes := []wire.Outcome{wire.Applied, wire.Applied, wire.Applied, wire.Applied, wire.Newer}
	for i, code := range codes {
		if out[i].Code != code {
			b.Fatalf("write %d: outcome %d, want %d", i, out[i].Code, code)
		}
	}
	if out[1].Prev.Version != version(1) || out[2].Prev != long.Head {
		b.Fatalf("outcomes %+v", out)
	}
	b.holds(live(0, "a", "3", 3))
	b.holds(dead(0, "b", 9))
	b.reopen()
	b.holds(live(0, "a", "3", 3))
}

// applySizes: values and keys around every boundary an implementation may have.
func applySizes(b *box) {
	var writes []replica.Write
	sizes := []int{0, 1, 255, 256, 257, 1024, 4095, 4096, 32 << 10, 1 << 20, 4 << 20}
	for i, n := range sizes {
		writes = append(writes, live(0, fmt.Sprintf("value of %d", n), string(bytesOf(uint64(i), n)), 1))
	}
	for i, key := range []string{"", "\x00", "\xff\xff", "\x00\x00", strings.Repeat("k", 64<<10)} {
		writes = append(writes, live(1, key, fmt.Sprintf("value %d", i), 2))
	}
	for _, w := range writes {
		b.want(wire.Applied, w)
	}
	for _, w := range writes {
		b.holds(w)
	}
	b.reopen()
	for _, w := range writes {
		b.holds(w)
	}
	resize(b, sizes)
}

// resize gives one key a value of each size after one of each size.
func resize(b *box, sizes []int) {
	v := uint64(0)
	for _, first := range sizes[:6] {
		for _, second := range sizes[:6] {
			v += 2
			b.want(wire.Applied, live(2, "resized", string(bytesOf(v, first)), v))
			next := live(2, "resized", string(bytesOf(v+1, second)), v+1)
			b.want(wire.Applied, next)
			b.holds(next)
		}
	}
}

func applyCopies(b *box) {
	small, large := live(0, "small", "value", 1), live(0, "large", strings.Repeat("v", 1000), 1)
	for _, w := range []replica.Write{small, large} {
		w.Key, w.Value = append([]byte(nil), w.Key...), append([]byte(nil), w.Value...)
		b.want(wire.Applied, w)
		clear(w.Key)
		clear(w.Value)
	}
	b.holds(small)
	b.holds(large)
}

// rottenCounter is what a store may have beyond the port.
type rottenCounter interface{ Rotten() uint64 }

func (b *box) rotten(want uint64) {
	b.Helper()
	if c, ok := b.Store.(rottenCounter); ok && c.Rotten() != want {
		b.Fatalf("%d rotten records counted, want %d", c.Rotten(), want)
	}
}

// applyRotten: from the moment a record was found rotten, the same version is taken again.
func applyRotten(b *box) {
	for _, value := range []string{"small", strings.Repeat("large", 100)} {
		good := live(0, value, value, 7)
		bad := damaged(good)
		b.want(wire.Applied, bad)
		if out, _ := b.apply(bad); out[0].Code != wire.Equal {
			b.Fatalf("before it was found out: outcome %d", out[0].Code)
		}
		head, got, _, status := b.Read(0, good.Key, []byte("before"))
		if status != wire.StatusRotten || head != bad.Head || string(got) != "before" {
			b.Fatalf("status %d, head %+v, value %q", status, head, got)
		}
		b.rotten(1)
		b.want(wire.Newer, live(0, value, "older", 6))
		if out := b.want(wire.Applied, good); out.Prev != bad.Head || out.Head != good.Head {
			b.Fatalf("outcome %+v", out)
		}
		b.rotten(0)
		b.holds(good)
		b.want(wire.Equal, good)
		b.reopen()
		b.holds(good)
	}
}
