package rowdisk

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/internal/ring"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// life makes steps of one life of a router.
type life struct {
	rng *rand.Rand
	seq uint64
}

func (l *life) steps(n int) (steps []Step) {
	for range n {
		s := Step{}
		for range 1 + l.rng.IntN(4) {
			op := Op{Key: fmt.Sprint("k", l.rng.IntN(9))}
			switch l.rng.IntN(6) {
			case 0:
				op.Delete = true
			case 1:
				op.Delete, op.End = true, "k6"
			default:
				op.Value = bytes.Repeat([]byte{byte('a' + l.rng.IntN(26))}, 1+l.rng.IntN(900))
				op.Large = l.rng.IntN(5) == 0
			}
			l.seq++
			s.Ops = append(s.Ops, op)
		}
		s.Seq = l.seq
		for range l.rng.IntN(3) {
			s.Reads = append(s.Reads, Read{Token: l.rng.Uint64() >> 1, Key: fmt.Sprint("k", l.rng.IntN(9))})
		}
		steps = append(steps, s)
	}
	return steps
}

// begin opens a volume, and the journal gives the rows that the volume says it has.
func begin(t *testing.T, v Volume) {
	t.Helper()
	if _, err := v.Open(); err != nil {
		t.Fatal(err)
	}
	var keys []string
	err := v.Load(func(key, value []byte) error {
		keys = append(keys, string(key))
		if want, _ := v.Row(string(key)); !bytes.Equal(value, want) {
			return fmt.Errorf("row %s is %q, not %q", key, value, want)
		}
		return nil
	})
	if got := fmt.Sprint(v.Keys()); err != nil || got != fmt.Sprint(keys) {
		t.Fatalf("rows %v, the volume says %s (%v)", keys, got, err)
	}
}

// everything has a volume go through all that can happen to it, and tells what it held after each life. That nothing is wrong
// with it, the twin sees to.
func everything(t *testing.T, seed uint64, d *Durables) (held string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	v := d.New()
	defer d.Close()
	for range 40 {
		begin(t, v)
		l := &life{rng: rng}
		for range rng.IntN(4) {
			v.Commit(l.steps(1 + rng.IntN(4)))
		}
		switch steps := l.steps(rng.IntN(6)); rng.IntN(6) {
		case 0:
			v.Stop(steps)
		case 1:
			old := v
			v = v.Snapshot()
			old.Cut(steps, 0)
		case 2:
			v.Cut(steps, rng.IntN(5))
		case 3:
			v.Fail(steps)
			v.Cut(nil, 0)
		default: // and is opened again
			v.Fail(steps)
		}
		for _, k := range v.Keys() {
			value, _ := v.Row(k)
			held += fmt.Sprintf("%s=%d%.1s ", k, len(value), value)
		}
		held += "\n"
	}
	return held
}

// TestEverything: whatever happens to it, a volume is what the model says, and the same each time.
func TestEverything(t *testing.T) {
	d := &Durables{Geometry: ring.New(3, 1, 16)}
	for seed := range uint64(20) {
		d.Ways = uint32(seed)
		held := everything(t, seed, d)
		again := &Durables{Geometry: d.Geometry, Ways: uint32(seed)}
		if got := everything(t, seed, again); got != held {
			t.Fatalf("seed %d: a volume held\n%s\nand then\n%s", seed, held, got)
		}
	}
	if d.Cut < 10 || d.Torn < 10 || d.Reopened < 10 || d.Cached < 10 || d.Full < 10 || d.Spent < 2 {
		t.Errorf("too little was reached to prove anything: %+v", d)
	}
}

// TestTwinSees: a row that the journal has lost, or changed, is noticed.
func TestTwinSees(t *testing.T) {
	d := &Durables{Geometry: ring.New(3, 1, 16)}
	defer d.Close()
	v := d.New().(*durable)
	begin(t, v)
	v.Commit((&life{rng: rand.New(rand.NewPCG(1, 1))}).steps(5))
	v.twin.rows["k"] = []byte("more")
	defer func() {
		if recover() == nil {
			t.Error("nobody noticed that a row is missing")
		}
	}()
	v.Stop(nil)
	begin(t, v)
}
