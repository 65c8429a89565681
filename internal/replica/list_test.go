package replica_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/wire"
)

// keysIn finds n keys of each database in the partition.
func keysIn(p kv.Partition, db kv.DB, n int) (keys [][]byte) {
	for i := 0; len(keys) < n; i++ {
		if key := fmt.Appendf(nil, "k%d", i); kv.HashKey(db, key).Partition() == p {
			keys = append(keys, key)
		}
	}
	return keys
}

// filled has two keys in each of three databases of partition 1, synced.
func filled(t *testing.T) *peer {
	p := admitted(t)
	for db := range kv.DB(3) {
		for _, key := range keysIn(1, db*2, 2) {
			f := set(key, 5, "v")
			f.DB = db * 2
			p.send(f)
		}
	}
	p.handle()
	p.sync()
	return p
}

// pages lists until the end, as a router does, and joins what it got.
func pages(t *testing.T, p *peer, f wire.Frame) (all []string, frames int) {
	t.Helper()
	f.Type, f.Partition = wire.List, 1
	for more := true; more; frames++ {
		if frames > 100 {
			t.Fatal("the listing does not end")
		}
		p.send(f)
		reply := p.answer()
		if reply.Type != wire.ListReply || reply.Code != wire.StatusOK || reply.Partition != 1 {
			t.Fatalf("answer %+v", reply)
		}
		var e wire.Entry
		for rest := reply.Value; len(rest) > 0; {
			rest, _ = wire.NextEntry(rest, &e)
			all = append(all, fmt.Sprintf("%d/%s", e.DB, e.Key))
			f.DB, f.Hash, f.Key = e.DB, kv.HashKey(e.DB, e.Key), append([]byte(nil), e.Key...)
		}
		more = reply.More
	}
	return all, frames
}

// answer is the single answer to what was sent.
func (p *peer) answer() wire.Frame {
	p.t.Helper()
	if n, err := p.session.Handle(p.frames(), p.durable, &p.out); n != 1 || err != nil {
		p.t.Fatal(n, err)
	}
	p.session.Queue.Add(&p.out)
	all := p.decode(p.session.Queue.Release(p.durable, nil))
	if len(all) != 1 {
		p.t.Fatalf("%d answers", len(all))
	}
	return all[0]
}

func TestListPages(t *testing.T) {
	p := filled(t)
	whole, frames := pages(t, p, wire.Frame{Limit: 1 << 20})
	if len(whole) != 6 || frames != 1 {
		t.Fatalf("%d entries in %d pages", len(whole), frames)
	}
	for _, limit := range []uint32{0, 1, 100} {
		got, frames := pages(t, p, wire.Frame{Limit: limit})
		if strings.Join(got, " ") != strings.Join(whole, " ") || frames < 2 {
			t.Errorf("limit %d: %v in %d pages, want %v", limit, got, frames, whole)
		}
	}
}

func TestListOfOneDatabaseEndsWithIt(t *testing.T) {
	p := filled(t)
	for db, want := range map[kv.DB]int{0: 2, 1: 0, 2: 2, 3: 0, 4: 2, 5: 0} {
		for _, limit := range []uint32{1, 1 << 20} {
			got, _ := pages(t, p, wire.Frame{Code: wire.ListDB, DB: db, Limit: limit})
			for _, e := range got {
				if !strings.HasPrefix(e, fmt.Sprintf("%d/", db)) {
					t.Errorf("database %d lists %s", db, e)
				}
			}
			if len(got) != want {
				t.Errorf("database %d, limit %d: %v, want %d entries", db, limit, got, want)
			}
		}
	}
}

func TestListAndDigestWaitForTheLatestBatch(t *testing.T) {
	p := filled(t)
	p.send(set(keyA, 9, "unsynced")).send(wire.Frame{Type: wire.List, Partition: 1})
	p.send(wire.Frame{Type: wire.Digest, Partition: 1, Count: 1})
	expect(t, "unsynced", p.handle(), "")
	if got := strings.Count(p.sync(), "\n") + 1; got != 3 {
		t.Errorf("%d answers after the sync", got)
	}
}

func TestDigestsOfHeldPartitions(t *testing.T) {
	p := filled(t)
	p.send(wire.Frame{Type: wire.Digest, Partition: 0, Count: kv.Partitions})
	reply := p.answer()
	next, total := 0, digest.Digest{}
	var d wire.PartitionDigest
	for rest := reply.Value; len(rest) > 0; {
		rest, _ = wire.NextDigest(rest, &d)
		for geometry.Copy(kv.Partition(next), number) < 0 {
			next++
		}
		want := p.store.Digest(d.Partition)
		if int(d.Partition) != next || d.Sum != want.Sum || d.Records != want.Records || d.Live != want.Live {
			t.Errorf("%+v where partition %d with %+v is due", d, next, want)
		}
		next++
		total.Records += d.Records
	}
	if n := len(reply.Value) / wire.DigestSize; n != 683 || total.Records != 6 {
		t.Errorf("%d digests of %d records", n, total.Records)
	}
}
