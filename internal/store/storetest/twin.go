package storetest

import (
	"fmt"
	"reflect"
	"testing"
)

// RunTwins does the same seeded operations to two volumes, and demands the same answers.
func RunTwins(t *testing.T, fresh, twin func(t testing.TB) Volume) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { runTwins(t, seed, fresh(t), twin(t)) })
	}
}

func runTwins(t *testing.T, seed uint64, v, u Volume) {
	a, b := &box{T: t, Store: v.Open(t), volume: v}, &box{T: t, Store: u.Open(t), volume: u}
	w := newWorkload(seed)
	for i := range 1000 {
		next := w.step()
		if w.IntN(3) == 0 {
			next = w.look()
		}
		if x, y := next.do(t, a.Store), next.do(t, b.Store); x != y {
			t.Fatalf("step %d, %s:\n%s\n%s", i, next.name, x, y)
		}
		if w.IntN(100) == 0 {
			a.reopen()
			b.reopen()
		}
		if w.IntN(50) == 0 {
			alike(t, i, a, b)
		}
	}
	alike(t, 1000, a, b)
	a.close()
	b.close()
}

func alike(t *testing.T, step int, a, b *box) {
	t.Helper()
	x, y := Check(t, a.Store), Check(t, b.Store)
	x.Identity.Store = y.Identity.Store
	if !reflect.DeepEqual(x, y) {
		t.Fatalf("after step %d: %d records and %d, or they differ", step, len(x.Records), len(y.Records))
	}
}
