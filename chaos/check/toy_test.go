package check

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/distributedstorage/ds/chaos/history"
)

// planted is what is broken in a toy store.
type planted struct {
	earlyOff      bool // a server that comes back is not paid what it is owed
	bufferDropped bool // what only the buffer holds is gone when the router restarts
	lateOff       bool // a copy that lacks a record nobody knows it lost is not mended
	headOfLine    bool // while a server is away, everybody waits for it
}

type record struct {
	version int
	value   string
}

// toy is a small store that heals as the real one promises to: three servers, two copies, a
// table of what is owed, a buffer. It exists to be broken.
type toy struct {
	planted
	version int
	now     int64
	up      [3]bool
	held    [3]map[string]record
	owed    [3]map[string]bool
	journal map[string]record // while anybody is owed the key
	outages []Outage
}

func newToy(p planted) *toy {
	t := &toy{planted: p, up: [3]bool{true, true, true}, journal: map[string]record{}}
	for s := range 3 {
		t.held[s], t.owed[s] = map[string]record{}, map[string]bool{}
	}
	return t
}

func copiesOf(key string) [2]int {
	home := int(key[len(key)-1]) % 3
	return [2]int{home, (home + 1) % 3}
}

func (t *toy) write(key, value string) {
	t.version++
	for _, s := range copiesOf(key) {
		if t.up[s] {
			t.held[s][key] = record{t.version, value}
			delete(t.owed[s], key)
			continue
		}
		t.owed[s][key] = true
		t.journal[key] = record{t.version, value}
	}
	t.settle(key)
}

// settle takes the key out of the journal when nobody is owed it.
func (t *toy) settle(key string) {
	c := copiesOf(key)
	if !t.owed[c[0]][key] && !t.owed[c[1]][key] {
		delete(t.journal, key)
	}
}

// read asks the copies that are up, and mends those that are behind. ok is false if nobody may speak for the key.
func (t *toy) read(key string) (value string, ok bool) {
	newest, ok := t.journal[key]
	for _, s := range copiesOf(key) {
		if !t.up[s] {
			continue
		}
		ok = true
		if r := t.held[s][key]; r.version > newest.version {
			newest = r
		}
	}
	t.mend(key, newest)
	return newest.value, ok
}

func (t *toy) mend(key string, newest record) {
	for _, s := range copiesOf(key) {
		if !t.lateOff && t.up[s] && t.held[s][key].version < newest.version && !t.owed[s][key] {
			t.held[s][key] = newest
		}
	}
}

func (t *toy) start(s int) {
	t.up[s] = true
	for i := range t.outages {
		if t.outages[i].Server == s {
			t.outages[i].To = min(t.outages[i].To, t.now)
		}
	}
	if t.earlyOff {
		return
	}
	for key := range t.owed[s] {
		t.held[s][key] = t.journal[key]
		delete(t.owed[s], key)
		t.settle(key)
	}
}

// restartRouter forgets nothing, unless the buffer is dropped: then every record that no server holds.
func (t *toy) restartRouter() {
	if !t.bufferDropped {
		return
	}
	for key, r := range t.journal {
		c := copiesOf(key)
		if t.held[c[0]][key].version < r.version && t.held[c[1]][key].version < r.version {
			delete(t.journal, key)
			delete(t.owed[c[0]], key)
			delete(t.owed[c[1]], key)
		}
	}
}

// final is what each server holds of the keys.
func (t *toy) final(keys []string) Final {
	final := Final{}
	for _, key := range keys {
		var k Key
		for _, s := range copiesOf(key) {
			r := t.held[s][key]
			kind := "live"
			if r.value == "" {
				kind = "none"
			}
			k.Copies = append(k.Copies, Copy{
				Server: s, Known: true, Owed: t.owed[s][key], Kind: kind,
				Version: fmt.Sprint(r.version), Checksum: r.value, Value: r.value,
			})
		}
		final[key] = k
	}
	return final
}

// run drives the toy as the chaos program drives the real store, and gives what was recorded. lost is
// a key that server 2 lost without anybody's knowing; "" = it lost none.
func (t *toy) run(seed uint64) (ops []history.Operation, final Final, lost string) {
	rng := rand.New(rand.NewPCG(seed, 0))
	keys := []string{"key-0", "key-1", "key-2", "key-3", "key-4", "key-5"}
	down := [][]int{{}, {0}, {}, {1, 2}, {1}, {}, {0, 1, 2}, {0, 2}, {2}, {}}
	for phase, away := range down {
		if phase == 4 || phase == 7 {
			t.restartRouter()
		}
		t.bring(away)
		for i := range 40 {
			ops = append(ops, t.operate(rng, keys[:6], fmt.Sprintf("%d.%d", phase, i)))
		}
		for i := range 3 { // written once, so that no later write hides a loss
			keys = append(keys, fmt.Sprintf("once-%d-%d", phase, i))
			ops = append(ops, t.record(history.Write, keys[len(keys)-1], "only once"))
		}
	}
	lost = "key-9"
	ops = append(ops, t.record(history.Write, lost, "only once"))
	for s := range 3 {
		if _, ok := t.held[s][lost]; ok {
			delete(t.held[s], lost)
			break
		}
	}
	for _, key := range append(keys, lost) {
		ops = append(ops, t.record(history.Read, key, ""))
	}
	return ops, t.final(append(keys, lost)), lost
}

// bring takes these servers away and starts the others.
func (t *toy) bring(away []int) {
	for s := range 3 {
		if isAway := slices.Contains(away, s); isAway {
			t.up[s] = false
			t.outages = append(t.outages, Outage{Span{t.now, never}, s, "kill"})
		} else if !t.up[s] {
			t.start(s)
		}
	}
}

func (t *toy) operate(rng *rand.Rand, keys []string, value string) history.Operation {
	key := keys[rng.IntN(len(keys))]
	switch rng.IntN(10) {
	case 0:
		return t.record(history.Delete, key, "")
	case 1, 2, 3, 4:
		return t.record(history.Read, key, "")
	}
	return t.record(history.Write, key, value)
}

func (t *toy) record(kind history.Kind, key, value string) history.Operation {
	t.now += 10
	op := history.Operation{Kind: kind, Key: key, Value: value, Invoke: t.now, Return: t.now + 5}
	if t.headOfLine && t.up != [3]bool{true, true, true} {
		t.now += 1000
		op.Return = t.now
	}
	if kind == history.Read {
		var ok bool
		if op.Value, ok = t.read(key); !ok {
			op.Outcome = history.Failed
		}
	} else {
		t.write(key, value)
	}
	return op
}
