package engine_test

// go test ./internal/store/engine -run '^$' -bench . -benchmem
//
// One operation is one record, on a volume below $TMPDIR. Nothing is synced but where it says so.

import (
	"fmt"
	"testing"

	"github.com/distributedstorage/ds/internal/digest"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/engine"
	"github.com/distributedstorage/ds/internal/wire"
)

const batchSize = 64

func bench(b *testing.B) *engine.Store {
	b.Helper()
	s, err := engine.Open(b.TempDir(), engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// writer makes batches of writes to keys 0 … keys-1 in turn.
type writer struct {
	batch    []replica.Write
	outcomes []replica.Outcome
	value    []byte
	n        uint64
	keys     uint64
}

func newWriter(size int, keys uint64) *writer {
	w := &writer{batch: make([]replica.Write, batchSize), outcomes: make([]replica.Outcome, batchSize), keys: keys}
	w.value = make([]byte, size)
	for i := range w.value {
		w.value[i] = byte(i * i >> 3)
	}
	return w
}

func (w *writer) fill() {
	for i := range w.batch {
		w.n++
		key := fmt.Appendf(w.batch[i].Key[:0], "bench:%010d", w.n%w.keys)
		w.batch[i] = live("", w.value, w.n)
		w.batch[i].Key = key
	}
}

func (w *writer) run(b *testing.B, s *engine.Store, records int, sync bool) {
	b.Helper()
	for done := 0; done < records; done += batchSize {
		b.StopTimer()
		w.fill()
		b.StartTimer()
		if _, err := s.Apply(w.batch, w.outcomes); err != nil {
			b.Fatal(err)
		}
		if sync {
			if _, err := s.Sync(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkStore(b *testing.B) {
	for _, size := range []int{100, 1024} {
		b.Run(fmt.Sprintf("Apply/Blind/%dB", size), func(b *testing.B) {
			b.ReportAllocs()
			newWriter(size, 1<<40).run(b, bench(b), b.N, false)
		})
		b.Run(fmt.Sprintf("Apply/Overwrite/%dB", size), func(b *testing.B) {
			s, w := bench(b), newWriter(size, 10_000)
			w.run(b, s, 10_000, false)
			b.ReportAllocs()
			b.ResetTimer()
			w.run(b, s, b.N, false)
		})
		b.Run(fmt.Sprintf("Apply/Synced/%dB", size), func(b *testing.B) {
			b.ReportAllocs()
			newWriter(size, 1<<40).run(b, bench(b), b.N, true)
		})
	}
}

func BenchmarkStoreRead(b *testing.B) {
	const records = 100_000
	for _, size := range []int{100, 1024} {
		b.Run(fmt.Sprintf("Hot/%dB", size), func(b *testing.B) {
			s, w := bench(b), newWriter(size, records)
			w.run(b, s, records, false)
			var key, dst []byte
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				key = fmt.Appendf(key[:0], "bench:%010d", i*7919%1000)
				var status wire.Status
				if _, dst, _, status = s.Read(0, key, dst[:0]); status != wire.StatusOK {
					b.Fatalf("status %d", status)
				}
			}
		})
	}
	b.Run("Head", func(b *testing.B) {
		s, w := bench(b), newWriter(100, records)
		w.run(b, s, records, false)
		var key []byte
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			key = fmt.Appendf(key[:0], "bench:%010d", i*7919%records)
			if h, _ := s.Head(0, key); !h.Exists() {
				b.Fatal("no record")
			}
		}
	})
}

func BenchmarkStoreScan(b *testing.B) {
	const records = 200_000
	s, w := bench(b), newWriter(100, records)
	w.run(b, s, records, false)
	var page []byte
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; {
		for p := range kv.Partition(kv.Partitions) {
			page, _, _ = s.Scan(p, replica.Cursor{}, page[:0], 64<<10)
			n += int(s.Digest(p).Records)
		}
	}
}

func BenchmarkStoreDigest(b *testing.B) {
	s := bench(b)
	b.ReportAllocs()
	var sum digest.Digest
	for i := range b.N {
		sum = s.Digest(kv.Partition(i % kv.Partitions))
	}
	_ = sum
}

// BenchmarkStoreOpen tells what a record costs when the volume is opened.
func BenchmarkStoreOpen(b *testing.B) {
	const records = 200_000
	dir := b.TempDir()
	s, err := engine.Open(dir, engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	newWriter(1024, records).run(b, s, records, false)
	b.ResetTimer()
	for n := 0; n < b.N; n += records {
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		if s, err = engine.Open(dir, engine.Options{}); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if live, _ := s.Totals(); live != records {
		b.Fatalf("%d records", live)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
